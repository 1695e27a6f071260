/** The images that the page knows, newest first, as far as they were loaded. Knows nothing of the page. */

import * as api from "./api.js";

const PAGE = 24;

/**
 * Fires `state` when loading begins or ends, and `added`, `replaced` and `removed`, whose `detail` says what:
 * `{images, before}` (an image, or null for the end), `{image}`, `{id}`.
 */
export class Collection extends EventTarget {
  #images = [];
  #nextPage = null;
  #loading = null;
  /** The error that the last attempt to load ended with. */
  error = null;
  /** Was there a first page, so that being empty means something? */
  isLoaded = false;

  get images() {
    return this.#images;
  }

  get isLoading() {
    return this.#loading !== null;
  }

  get hasMore() {
    return !this.isLoaded || this.#nextPage !== null;
  }

  get(id) {
    return this.#images.find((each) => each.id === id);
  }

  /** Load the next page; together with one that is being loaded already. */
  loadMore() {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  /** The image that many steps further on, loaded if need be; undefined beyond either end. */
  async neighbour(id, step) {
    const index = this.#images.findIndex((each) => each.id === id);
    if (index < 0) return undefined;
    if (index + step >= this.#images.length && this.hasMore) await this.loadMore();
    return this.#images[index + step];
  }

  /** The image after it, else the one before; undefined when there is no other. */
  near(id) {
    const index = this.#images.findIndex((each) => each.id === id);
    return this.#images[index + 1] ?? this.#images[index - 1];
  }

  /** Put an image that was just uploaded in front. */
  prepend(image) {
    if (this.get(image.id)) this.replace(image);
    else this.#insert([image], 0);
  }

  /** Take note of what an image is now; one that is not here stays out. */
  replace(image) {
    const index = this.#images.findIndex((each) => each.id === image.id);
    if (index < 0) return;
    this.#images[index] = image;
    this.#fire("replaced", { image });
  }

  remove(id) {
    this.#images = this.#images.filter((each) => each.id !== id);
    this.#fire("removed", { id });
  }

  async #load() {
    this.error = null;
    // Not before the promise is in its place: whoever hears of the state may ask for more.
    await null;
    this.#fire("state");
    try {
      const page = await api.list({ limit: PAGE, pageToken: this.#nextPage });
      this.#nextPage = page.next_page_token;
      this.isLoaded = true;
      // What was uploaded meanwhile is here already.
      this.#insert(page.images.filter((each) => !this.get(each.id)), this.#images.length);
    } catch (error) {
      this.error = error;
    }
    this.#loading = null;
    this.#fire("state");
  }

  #insert(images, at) {
    const before = this.#images[at] ?? null;
    this.#images.splice(at, 0, ...images);
    this.#fire("added", { images, before });
  }

  #fire(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
