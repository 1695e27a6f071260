/** The API key, and where the browser keeps it. Does not use the DOM. */

const NAME = "image-repo-key";

/**
 * What the keyring uses of a window. Access to the storages throws if the browser denies it.
 *
 * @typedef {object} StorageWindow
 * @property {Pick<Storage, "getItem" | "setItem" | "removeItem">} sessionStorage
 * @property {Pick<Storage, "getItem" | "setItem" | "removeItem">} localStorage
 * @property {(type: "storage", listener: (event: { key: string | null }) => void) => void} addEventListener
 */

/**
 * Keeps the API key: permanently in localStorage, or in sessionStorage until the tab is closed.
 *
 * Fires `change` when the key changes.
 */
export class Keyring extends EventTarget {
  #window;
  /** @type {string | null} */
  #key;

  /** @param {StorageWindow} window */
  constructor(window) {
    super();
    this.#window = window;
    this.#key = this.#read();
    // Another tab stored or removed a key. Without this, this tab would use its old key, and later remove the new one.
    window.addEventListener("storage", ({ key }) => {
      if (key === NAME || key === null) this.#set(this.#read());
    });
  }

  /** The key, or null. */
  get key() {
    return this.#key;
  }

  /**
   * Use this key from now on.
   *
   * @param {string} key
   * @param {{ remember: boolean }} options
   */
  use(key, { remember }) {
    this.#write(key, remember);
    this.#set(key);
  }

  /** Remove the key from this page and from both storages. */
  forget() {
    this.#write(null, false);
    this.#set(null);
  }

  /** @param {string | null} key */
  #set(key) {
    this.#key = key;
    this.dispatchEvent(new Event("change"));
  }

  #read() {
    try {
      return this.#window.sessionStorage.getItem(NAME) ?? this.#window.localStorage.getItem(NAME);
    } catch {
      return null; // access is denied: the page then keeps the key until it is closed
    }
  }

  /**
   * @param {string | null} key
   * @param {boolean} remember
   */
  #write(key, remember) {
    try {
      const { sessionStorage, localStorage } = this.#window;
      sessionStorage.removeItem(NAME);
      localStorage.removeItem(NAME);
      if (key) (remember ? localStorage : sessionStorage).setItem(NAME, key);
    } catch {
      // Access is denied, or the storage is full: as in #read().
    }
  }
}

/**
 * The key in an address such as /#key=…; null if there is none.
 *
 * @param {string} hash
 */
export function keyFromHash(hash) {
  const encoded = /^#key=(.+)$/.exec(hash)?.[1];
  if (encoded === undefined) return null;
  try {
    // A percent sign that does not begin an escape sequence stands for itself.
    return decodeURIComponent(encoded.replace(/%(?![0-9a-f]{2})/gi, "%25")).trim();
  } catch {
    return encoded.trim(); // not UTF-8, so it was never encoded
  }
}
