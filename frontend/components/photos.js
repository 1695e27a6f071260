/** What both components have in common: they load photos for their attributes, and show them or a message. */

import { element } from "../element.js";
import { rowsSheet } from "../rows.js";
import { makeFigure } from "./photo.js";
import { loadPhotos, PhotosError } from "./request.js";
import { componentSheet } from "./style.js";

/** @import { ImageObject } from "../types/api.js" */
/** @import { Result } from "./request.js" */

const sheets = [rowsSheet(), componentSheet()];

export class Photos extends HTMLElement {
  /** @type {string[]} */
  static observedAttributes = [];

  #path;
  #container;
  #status = element("div", { part: "message", role: "status" });
  #alert = element("div", { part: "message", role: "alert" });
  #retryButton = this.#makeButton("retry", "Try again", () => this.#load(this.#token));
  #moreButton = this.#makeButton("more", "More photos", () => this.#load(this.#next));
  #root = this.attachShadow({ mode: "open" });
  /** The attributes of the photos that are shown or loading, as text. */
  #requested = "";
  #abort = new AbortController();
  /** @type {string | null} the token of the page that was requested last */
  #token = null;
  /** @type {string | null} the token of the page after it */
  #next = null;

  /**
   * @param {string} path of the API
   * @param {HTMLElement} container of the photos
   */
  constructor(path, container) {
    super();
    this.#path = path;
    this.#container = container;
  }

  connectedCallback() {
    if (!this.#root.firstChild) {
      this.#root.adoptedStyleSheets = sheets;
      this.#root.append(this.#container, this.#status, this.#alert, this.#retryButton, this.#moreButton);
    }
    this.attributeChangedCallback();
  }

  /** Load photos once for all attributes that change together, and not for an element that was only moved. */
  attributeChangedCallback() {
    queueMicrotask(() => {
      const { observedAttributes } = /** @type {typeof Photos} */ (this.constructor);
      const requested = JSON.stringify(observedAttributes.map((each) => this.getAttribute(each)));
      if (!this.isConnected || requested === this.#requested) return;
      this.#requested = requested;
      this.refresh();
    });
  }

  /** Load the photos again, from the first page. */
  refresh = () => this.#load(null);

  /**
   * Is the image shown?
   *
   * @param {ImageObject} _image
   */
  canShow(_image) {
    return true;
  }

  /**
   * The shape, width per height, in which a photo of the given shape is shown.
   *
   * @param {number} shape
   */
  shapeFor(shape) {
    return shape;
  }

  /**
   * The `sizes` of the thumbnails of a photo of the given shape.
   *
   * @param {number} _shape
   */
  sizesFor(_shape) {
    return "100vw";
  }

  /** @param {string | null} token of the page to load; null for the first one */
  async #load(token) {
    this.#abort.abort(); // the answer to an earlier request is no longer wanted
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const hadFocus = this.#root.activeElement?.localName === "button";
    this.#token = token;
    this.#container.ariaBusy = "true";
    this.#container.style.maxInlineSize = this.hasAttribute("width") ? `${this.getAttribute("width")}px` : "";
    const result = await loadPhotos(this, this.#path, token, signal);
    if (!signal.aborted) this.#show(result, token !== null, hadFocus);
  }

  /**
   * @param {Result} result
   * @param {boolean} isFurtherPage whether the photos are added to those that are shown, or replace them
   * @param {boolean} hadFocus whether a button had the focus
   */
  #show({ images, next, error }, isFurtherPage, hadFocus) {
    const shown = images.filter((each) => this.canShow(each)).map((each) => this.#makeItem(each));
    if (isFurtherPage) this.#container.append(...shown);
    else this.#container.replaceChildren(...shown);
    this.#container.ariaBusy = "false";
    this.#next = next;
    this.#moreButton.hidden = !next;
    this.#showMessages(error);
    const focused = error ? this.#retryButton : shown[0]?.querySelector("a");
    if (hadFocus) focused?.focus({ preventScroll: true }); // the button may be hidden now
    if (!error) this.#dispatch("image-repo-load", { images });
  }

  /** @param {Error | null} error */
  #showMessages(error) {
    const isFinal = error instanceof PhotosError && error.isFinal;
    const isEmpty = !error && !this.#next && !this.#container.hasChildNodes();
    this.#retryButton.hidden = !error || isFinal;
    showMessage(this.#alert, "error", error?.message);
    showMessage(this.#status, "empty", isEmpty ? "No photos yet." : "");
    if (isFinal) console.warn(error.message);
  }

  /** @param {ImageObject} image */
  #makeItem(image) {
    const ownShape = image.width / image.height;
    const figure = makeFigure(image, {
      href: this.getAttribute("href")?.replaceAll("{id}", image.id) ?? image.url,
      sizes: this.sizesFor(ownShape),
      onOpen: () => this.#dispatch("image-repo-open", image),
    });
    const item = element(this.#container.localName === "ul" ? "li" : "div", { part: "photo" }, figure);
    item.style.setProperty("--own-shape", this.shapeFor(ownShape).toFixed(4));
    return item;
  }

  /**
   * @param {string} name of the slot, and of the part
   * @param {string} text the label, unless the site fills the slot
   * @param {() => void} act
   */
  #makeButton(name, text, act) {
    const onclick = () => {
      if (this.#container.ariaBusy !== "true") act();
    };
    return element("button", { part: `button ${name}`, hidden: true, onclick }, element("slot", { name }, text));
  }

  /**
   * Returns false if the page prevented the default action.
   *
   * @param {string} type
   * @param {object} detail
   */
  #dispatch(type, detail) {
    return this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable: true }));
  }
}

/**
 * Show a message, in the site's words if the page fills the slot. A new slot makes screen readers read it again.
 *
 * @param {HTMLElement} place
 * @param {string} slot
 * @param {string} [text]
 */
function showMessage(place, slot, text) {
  place.replaceChildren(...(text ? [element("slot", { name: slot }, text)] : []));
}
