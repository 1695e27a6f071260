/** The images that the page has loaded, newest first. Does not use the DOM. */

import { messageOf } from "./errors.js";

/** @import { ImageObject, Page } from "./types/api.js" */

/**
 * The events of a collection, with what their listeners receive.
 *
 * @typedef {object} CollectionEvents
 * @property {undefined} state loading began or ended
 * @property {{ images: ImageObject[], before: ImageObject | null }} added images were inserted before another one, or
 *   at the end
 * @property {{ image: ImageObject }} replaced an image changed
 * @property {{ id: string }} removed an image was removed
 */

/** An event with what its listeners receive. (Node.js 18, which runs the tests, has no CustomEvent.) */
class CollectionEvent extends Event {
  /**
   * @param {keyof CollectionEvents} type
   * @param {CollectionEvents[keyof CollectionEvents]} detail
   */
  constructor(type, detail) {
    super(type);
    this.detail = detail;
  }
}

export class Collection {
  #target = new EventTarget(); // one listener that fails does not keep the event from the others
  #loadPage;
  /** @type {ImageObject[]} */
  #images = [];
  /** @type {string | null} */
  #nextPage = null;
  /** @type {Promise<void> | null} */
  #loading = null;
  /** The message of the error that ended the last attempt to load; empty if there was none. */
  error = "";
  /** Has the first page been loaded? Until then, an empty collection does not mean an empty repository. */
  isLoaded = false;

  /** @param {(pageToken: string | null) => Promise<Page>} loadPage */
  constructor(loadPage) {
    this.#loadPage = loadPage;
  }

  /**
   * Call the listener on each event of that type.
   *
   * @template {keyof CollectionEvents} Type
   * @param {Type} type
   * @param {(detail: CollectionEvents[Type]) => void} listener
   */
  on(type, listener) {
    this.#target.addEventListener(type, (event) => {
      const { detail } = /** @type {CollectionEvent} */ (event);
      listener(/** @type {CollectionEvents[Type]} */ (detail));
    });
  }

  get images() {
    return this.#images;
  }

  get isLoading() {
    return this.#loading !== null;
  }

  get hasMore() {
    return !this.isLoaded || this.#nextPage !== null;
  }

  /** @param {string} id */
  get(id) {
    return this.#images.find((each) => each.id === id);
  }

  /**
   * The position of an image; -1 if it is not in the collection.
   *
   * @param {string} id
   */
  indexOf(id) {
    return this.#images.findIndex((each) => each.id === id);
  }

  /** Load the next page. Calls that come while a page is loading wait for that page. */
  loadMore() {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  /**
   * The image `step` positions further, which may load a page; undefined beyond either end.
   *
   * @param {string} id
   * @param {number} step
   */
  async neighbour(id, step) {
    const index = this.indexOf(id);
    if (index < 0) return undefined;
    if (index + step >= this.#images.length && this.hasMore) await this.loadMore();
    return this.#images[index + step];
  }

  /**
   * The image after this one, or else the image before it; undefined if there is no other.
   *
   * @param {string} id
   */
  near(id) {
    const index = this.indexOf(id);
    return this.#images[index + 1] ?? this.#images[index - 1];
  }

  /**
   * Insert a newly uploaded image at the beginning.
   *
   * @param {ImageObject} image
   */
  prepend(image) {
    if (this.get(image.id)) this.replace(image);
    else this.#insert([image], 0);
  }

  /**
   * Replace an image with its new state. Does nothing if the image is not in the collection.
   *
   * @param {ImageObject} image
   */
  replace(image) {
    const index = this.indexOf(image.id);
    if (index < 0) return;
    this.#images[index] = image;
    this.#emit("replaced", { image });
  }

  /** @param {string} id */
  remove(id) {
    this.#images = this.#images.filter((each) => each.id !== id);
    this.#emit("removed", { id });
  }

  async #load() {
    this.error = "";
    // A listener of "state" may call loadMore() again, so let loadMore() store this promise first.
    await null;
    this.#emit("state", undefined);
    try {
      const page = await this.#loadPage(this.#nextPage);
      this.#nextPage = page.next_page_token;
      this.isLoaded = true;
      // Images that were uploaded in the meantime are in the collection already.
      this.#insert(
        page.images.filter((each) => !this.get(each.id)),
        this.#images.length,
      );
    } catch (error) {
      this.error = messageOf(error);
    }
    this.#loading = null;
    this.#emit("state", undefined);
  }

  /**
   * @param {ImageObject[]} images
   * @param {number} position
   */
  #insert(images, position) {
    const before = this.#images[position] ?? null;
    this.#images.splice(position, 0, ...images);
    this.#emit("added", { images, before });
  }

  /**
   * @template {keyof CollectionEvents} Type
   * @param {Type} type
   * @param {CollectionEvents[Type]} detail
   */
  #emit(type, detail) {
    this.#target.dispatchEvent(new CollectionEvent(type, detail));
  }
}
