/** The keyring: where it keeps the key, and how it follows other tabs. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Keyring, keyFromHash } from "../../frontend/key.js";

const NAME = "image-repo-key";

/** A storage in memory, with what the keyring uses of it. */
class MemoryStorage {
  /** @type {Map<string, string>} */
  items = new Map();

  /** @param {string} name */
  getItem(name) {
    return this.items.get(name) ?? null;
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  setItem(name, value) {
    this.items.set(name, value);
  }

  /** @param {string} name */
  removeItem(name) {
    this.items.delete(name);
  }
}

/** A browser tab. Tabs that are made from the same local storage share it. */
class Tab {
  sessionStorage = new MemoryStorage();
  /** @type {((event: { key: string | null }) => void)[]} */
  listeners = [];

  constructor(localStorage = new MemoryStorage()) {
    this.localStorage = localStorage;
  }

  /**
   * @param {"storage"} _type
   * @param {(event: { key: string | null }) => void} listener
   */
  addEventListener(_type, listener) {
    this.listeners.push(listener);
  }

  /**
   * Report that another tab changed an entry of the storage; null for all of them.
   *
   * @param {string | null} key
   */
  reportChange(key) {
    for (const listener of this.listeners) listener({ key });
  }

  get stored() {
    return { local: this.localStorage.getItem(NAME), session: this.sessionStorage.getItem(NAME) };
  }
}

test("there is no key at first", () => {
  assert.equal(new Keyring(new Tab()).key, null);
});

test("a key that is remembered is kept in the local storage", () => {
  const tab = new Tab();
  const keyring = new Keyring(tab);
  keyring.use("secret", { remember: true });
  assert.equal(keyring.key, "secret");
  assert.deepEqual(tab.stored, { local: "secret", session: null });
  assert.equal(new Keyring(new Tab(tab.localStorage)).key, "secret");
});

test("a key that is not remembered is kept in the session storage only", () => {
  const tab = new Tab();
  new Keyring(tab).use("secret", { remember: true });
  new Keyring(tab).use("other", { remember: false });
  assert.deepEqual(tab.stored, { local: null, session: "other" });
  assert.equal(new Keyring(tab).key, "other");
});

test("forgetting a key removes it from both storages", () => {
  const tab = new Tab();
  const keyring = new Keyring(tab);
  keyring.use("secret", { remember: true });
  tab.sessionStorage.setItem(NAME, "older");
  keyring.forget();
  assert.equal(keyring.key, null);
  assert.deepEqual(tab.stored, { local: null, session: null });
});

test("each change of the key is reported", () => {
  const keyring = new Keyring(new Tab());
  /** @type {(string | null)[]} */
  const keys = [];
  keyring.addEventListener("change", () => keys.push(keyring.key));
  keyring.use("secret", { remember: true });
  keyring.forget();
  assert.deepEqual(keys, ["secret", null]);
});

test("a tab follows the key that another tab stored or removed", () => {
  const tab = new Tab();
  const other = new Tab(tab.localStorage);
  const keyring = new Keyring(tab);
  new Keyring(other).use("secret", { remember: true });
  tab.reportChange(NAME);
  assert.equal(keyring.key, "secret");
  other.localStorage.items.clear();
  tab.reportChange(null);
  assert.equal(keyring.key, null);
});

test("other entries of the storage are ignored", () => {
  const tab = new Tab();
  const keyring = new Keyring(tab);
  keyring.addEventListener("change", () => assert.fail("the key did not change"));
  tab.reportChange("theme");
});

test("without access to the storages, the page keeps the key until it is closed", () => {
  const denied = {
    /** @returns {never} */
    get sessionStorage() {
      throw new Error("SecurityError");
    },
    localStorage: new MemoryStorage(),
    addEventListener() {},
  };
  const keyring = new Keyring(denied);
  assert.equal(keyring.key, null);
  keyring.use("secret", { remember: true });
  assert.equal(keyring.key, "secret");
});

/** @type {[string, string | null][]} */
const HASHES = [
  ["", null],
  ["#image=abc", null],
  ["#key=", null],
  ["#key=secret", "secret"],
  ["#key=a%20b%2Fc", "a b/c"],
  ["#key=%20secret%20", "secret"],
  ["#key=100%", "100%"],
  ["#key=%zz%41", "%zzA"],
  ["#key=%E0%A4", "%E0%A4"],
];

test("the key in an address is decoded, also if it was never encoded", () => {
  for (const [hash, key] of HASHES) assert.equal(keyFromHash(hash), key, hash);
});
