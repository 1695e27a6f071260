/**
 * The API key, and where it is kept: for good in localStorage, or until the tab closes in sessionStorage.
 *
 * Fires `change` whenever it does.
 */

const NAME = "image-repo-key";

class Keyring extends EventTarget {
  #key = read();

  constructor() {
    super();
    // Another tab was given a key, or forgot it: this one would go on with what it remembers, and forget the new one.
    addEventListener("storage", ({ key }) => [NAME, null].includes(key) && this.#set(read()));
  }

  /** The key, or null. */
  get key() {
    return this.#key;
  }

  /** Use this key from now on. */
  use(key, { remember }) {
    write(key, { remember });
    this.#set(key);
  }

  /** Forget the key, everywhere. */
  forget() {
    write(null, {});
    this.#set(null);
  }

  /** Take the key out of an address such as /#key=…, and take it out of sight. */
  takeFromAddress() {
    const found = /^#key=(.+)$/.exec(location.hash);
    if (found) {
      history.replaceState(null, "", location.pathname + location.search);
      this.use(decoded(found[1]).trim(), { remember: true });
    }
  }

  #set(key) {
    this.#key = key;
    this.dispatchEvent(new Event("change"));
  }
}

/** A percent sign that encodes nothing is one. */
const decoded = (text) => decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, "%25"));

/** A browser may deny its storage; the key then lives as long as the page. */
function read() {
  try {
    return sessionStorage.getItem(NAME) ?? localStorage.getItem(NAME);
  } catch {
    return null;
  }
}

function write(key, { remember }) {
  try {
    sessionStorage.removeItem(NAME);
    localStorage.removeItem(NAME);
    if (key) (remember ? localStorage : sessionStorage).setItem(NAME, key);
  } catch {
    // Denied: nothing to be done about it, see read().
  }
}

export const keyring = new Keyring();
