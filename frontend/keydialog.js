/** Asking for the API key, and doing things with it. */

import * as api from "./api.js";
import { byId } from "./dom.js";
import { keyring } from "./key.js";

const dialog = byId("key-dialog");
const form = byId("key-form");
const input = byId("key-input");
const remember = byId("key-remember");
const refusal = byId("key-refusal");
const forget = byId("key-forget");

/** Nobody gave a key where one is needed. */
export class KeyMissing extends Error {
  constructor() {
    super("Needs an API key");
  }
}

/**
 * Do something that needs a key: `action(key)`.
 *
 * Asks for one where there is none, and again where it turns out to be wrong.
 *
 * Throws KeyMissing when the question is dismissed, and whatever else the action does.
 */
export async function withKey(action) {
  for (let reason = ""; ; ) {
    const key = keyring.key ?? (await ask(reason));
    try {
      return await action(key);
    } catch (error) {
      if (error.status !== 401) throw error;
      reason = error.message;
      // Of several calls that failed with the same key, only the first may throw it away.
      if (keyring.key === key) keyring.forget();
    }
  }
}

let question = null;

/** A key that the server knows. Whoever asks while the question is open shares its answer. */
function ask(reason = "") {
  question ??= new Promise((resolve, reject) => {
    refusal.textContent = reason;
    forget.hidden = !keyring.key;
    form.reset();
    dialog.returnValue = "";
    dialog.showModal();
    input.focus();
    dialog.addEventListener(
      "close",
      () => {
        question = null;
        if (dialog.returnValue === "accepted") resolve(keyring.key);
        else reject(new KeyMissing());
      },
      { once: true },
    );
  });
  return question;
}

/** Take the typed key, once the server has said that it knows it: any call with a wrong key is refused. */
async function submit() {
  const key = input.value.trim();
  form.inert = true;
  try {
    await api.list({ limit: 1, key });
    keyring.use(key, { remember: remember.checked });
    dialog.close("accepted");
  } catch (error) {
    refusal.textContent = error.message;
  } finally {
    form.inert = false;
  }
  if (dialog.open) input.select();
}

function showState() {
  byId("key-label").textContent = keyring.key ? "Key is set" : "Enter key";
}

/** Connect the dialog and the button in the header. */
export function setUpKey() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  byId("key-cancel").addEventListener("click", () => dialog.close());
  forget.addEventListener("click", () => {
    keyring.forget();
    dialog.close();
  });
  byId("key-button").addEventListener("click", () => ask().catch(() => {}));
  keyring.addEventListener("change", showState);
  addEventListener("hashchange", () => keyring.takeFromAddress());
  keyring.takeFromAddress();
  showState();
}
