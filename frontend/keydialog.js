/** The page's API key, the dialog that asks for it, and calls that need it. */

import * as api from "./api.js";
import { byId } from "./dom.js";
import { KeyMissingError, messageOf, statusOf } from "./errors.js";
import { Keyring, keyFromHash } from "./key.js";

export const keyring = new Keyring(window);

const dialog = byId("key-dialog", HTMLDialogElement);
const form = byId("key-form", HTMLFormElement);
const input = byId("key-input", HTMLInputElement);
const remember = byId("key-remember", HTMLInputElement);
const errorMessage = byId("key-error", HTMLElement);
const forgetButton = byId("key-forget", HTMLButtonElement);

/**
 * The result of `action(key)`.
 *
 * Asks the user for a key if there is none, and again if the server rejects it.
 *
 * Throws KeyMissingError if the user closes the dialog, and any other error of the action.
 *
 * @template T
 * @param {(key: string) => Promise<T>} action
 * @returns {Promise<T>}
 */
export async function withKey(action) {
  for (let reason = ""; ; ) {
    const key = keyring.key ?? (await askForKey(reason));
    try {
      return await action(key);
    } catch (error) {
      if (statusOf(error) !== 401) throw error;
      reason = messageOf(error);
      // If several calls failed with the same key, only the first one removes it.
      if (keyring.key === key) keyring.forget();
    }
  }
}

/** @type {Promise<string> | null} */
let question = null;

/**
 * Open the dialog; resolves with a key that the server accepts. Calls that come while it is open share its result.
 *
 * @param {string} [reason]
 */
function askForKey(reason = "") {
  question ??= new Promise((resolve, reject) => {
    errorMessage.textContent = reason;
    forgetButton.hidden = !keyring.key;
    form.reset();
    dialog.returnValue = "";
    dialog.showModal();
    input.focus();
    dialog.addEventListener(
      "close",
      () => {
        question = null;
        if (dialog.returnValue === "accepted" && keyring.key) resolve(keyring.key);
        else reject(new KeyMissingError());
      },
      { once: true },
    );
  });
  return question;
}

/** Use the entered key if the server accepts it. The server rejects any call with an unknown key. */
async function submit() {
  const key = input.value.trim();
  form.inert = true;
  try {
    await api.list({ limit: 1, key });
    keyring.use(key, { remember: remember.checked });
    dialog.close("accepted");
  } catch (error) {
    errorMessage.textContent = messageOf(error);
  } finally {
    form.inert = false;
  }
  if (dialog.open) input.select();
}

/** Use a key from an address such as /#key=…, and remove it from the address bar. */
function takeKeyFromAddress() {
  const key = keyFromHash(location.hash);
  if (key === null) return;
  history.replaceState(null, "", location.pathname + location.search);
  keyring.use(key, { remember: true });
}

function showState() {
  byId("key-label", HTMLElement).textContent = keyring.key ? "Key is set" : "Enter key";
}

/** Connect the dialog and the button in the header. */
export function setUpKey() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  byId("key-cancel", HTMLButtonElement).addEventListener("click", () => dialog.close());
  forgetButton.addEventListener("click", () => {
    keyring.forget();
    dialog.close();
  });
  byId("key-button", HTMLButtonElement).addEventListener("click", () => {
    askForKey().catch(() => {}); // closing the dialog is not an error here
  });
  keyring.addEventListener("change", showState);
  addEventListener("hashchange", takeKeyFromAddress);
  takeKeyFromAddress();
  showState();
}
