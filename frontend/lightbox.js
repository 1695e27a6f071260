/**
 * The lightbox: one image in full size, with its properties.
 *
 * The address names the image (#image=ID), so that it can be shared, and so that "back" closes the lightbox.
 */

import * as api from "./api.js";
import { announce, byId } from "./dom.js";
import { Editor } from "./editor.js";
import { messageOf } from "./errors.js";
import { showFacts } from "./facts.js";
import { titleOf } from "./format.js";
import { focusTile } from "./gallery.js";
import { showPicture, thumbnailsReady } from "./picture.js";
import { onSwipe } from "./swipe.js";

/** @import { Collection } from "./collection.js" */
/** @import { ImageObject } from "./types/api.js" */

const dialog = byId("lightbox", HTMLDialogElement);
const stage = byId("stage", HTMLElement);
const frame = byId("stage-frame", HTMLElement);
const title = byId("lightbox-title", HTMLElement);
const original = byId("original", HTMLAnchorElement);
const message = byId("lightbox-message", HTMLElement);
const previousButton = byId("previous", HTMLButtonElement);
const nextButton = byId("next", HTMLButtonElement);
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * Connect the lightbox to the collection whose images it shows.
 *
 * @param {Collection} collection
 */
export function setUpLightbox(collection) {
  const lightbox = new Lightbox(collection);
  collection.on("added", () => lightbox.showNeighbours());
  dialog.addEventListener("close", () => lightbox.handleClose());
  dialog.addEventListener("cancel", (event) => {
    if (lightbox.cancelEdit()) event.preventDefault();
  });
  dialog.addEventListener("keydown", (event) => lightbox.handleKey(event));
  byId("lightbox-close", HTMLButtonElement).addEventListener("click", () => dialog.close());
  previousButton.addEventListener("click", () => lightbox.step(-1));
  nextButton.addEventListener("click", () => lightbox.step(1));
  stage.addEventListener("click", ({ target }) => {
    if (target === stage) dialog.close();
  });
  onSwipe(stage, (direction) => lightbox.step(direction));
  addEventListener("hashchange", ({ oldURL }) => lightbox.followAddress(!oldURL.includes("#image=")));
  lightbox.followAddress(false);
}

class Lightbox {
  #collection;
  #editor;
  /** @type {ImageObject | null} the image that is shown */
  #current = null;
  /** The id of the image whose tile gets the focus when the lightbox is closed. */
  #lastId = "";
  /** Did the gallery open the lightbox? Then "back" leads to the gallery. */
  #cameFromGallery = false;

  /** @param {Collection} collection */
  constructor(collection) {
    this.#collection = collection;
    this.#editor = new Editor({
      onChange: (image) => {
        collection.replace(image);
        this.#show(image);
      },
      onDelete: (image) => this.#handleDelete(image),
    });
  }

  /**
   * Open the image that the address names, or close the lightbox if it names none.
   *
   * @param {boolean} cameFromGallery
   */
  async followAddress(cameFromGallery) {
    this.#cameFromGallery = cameFromGallery;
    const id = idInAddress();
    if (!id) {
      dialog.close();
      focusTile(this.#lastId); // a second time, because the browser has now restored the scroll position
      return;
    }
    if (id === this.#current?.id && dialog.open) return;
    try {
      const image = this.#collection.get(id) ?? (await api.details(id));
      if (idInAddress() !== id) return; // the user went to another address in the meantime
      if (!dialog.open) dialog.showModal();
      this.#show(image);
    } catch (error) {
      if (idInAddress() !== id) return;
      this.#clearAddress();
      announce(messageOf(error));
    }
  }

  /**
   * Show the image `count` positions further.
   *
   * @param {number} count
   */
  async step(count) {
    const from = this.#current;
    if (!from) return;
    const image = await this.#collection.neighbour(from.id, count);
    if (this.#current !== from || !dialog.open) return;
    if (!image) {
      message.textContent = this.#collection.error;
      return;
    }
    history.replaceState(history.state, "", `#image=${image.id}`);
    this.#show(image);
  }

  /** Enable or disable the buttons for the previous and the next image. */
  showNeighbours() {
    if (!this.#current) return;
    const index = this.#collection.indexOf(this.#current.id);
    const isLast = index === this.#collection.images.length - 1;
    // A disabled button would lose the focus, so these only look disabled.
    previousButton.setAttribute("aria-disabled", String(index <= 0));
    nextButton.setAttribute("aria-disabled", String(index < 0 || (isLast && !this.#collection.hasMore)));
  }

  handleClose() {
    this.#current = null;
    frame.replaceChildren(); // stops an animation, and polling for thumbnails
    this.#clearAddress();
    focusTile(this.#lastId);
  }

  /** @param {KeyboardEvent} event */
  handleKey({ key, altKey, ctrlKey, metaKey }) {
    if (this.#editor.isOpen || altKey || ctrlKey || metaKey) return;
    if (key === "ArrowLeft") this.step(-1);
    if (key === "ArrowRight") this.step(1);
  }

  /** Close the editor instead of the lightbox. Returns false if the editor is not open. */
  cancelEdit() {
    if (!this.#editor.isOpen) return false;
    this.#editor.cancel();
    return true;
  }

  /** @param {ImageObject} image */
  #show(image) {
    this.#current = image;
    this.#lastId = image.id;
    title.textContent = titleOf(image);
    original.href = image.url;
    message.textContent = "";
    showStage(image);
    showFacts(image);
    this.#editor.show(image);
    this.showNeighbours();
    if (image.thumbnails.state === "pending") this.#showWhenReady(image);
  }

  /** @param {ImageObject} image */
  async #showWhenReady(image) {
    const ready = await thumbnailsReady(image, frame);
    if (!ready) return;
    this.#collection.replace(ready);
    this.#current = ready;
    showStage(ready); // only the picture, because the user may be editing the caption
  }

  /** @param {ImageObject} image */
  #handleDelete(image) {
    this.#lastId = this.#collection.near(image.id)?.id ?? "";
    dialog.close();
    this.#collection.remove(image.id);
    if (!this.#lastId) byId("choose", HTMLButtonElement).focus();
  }

  #clearAddress() {
    if (!location.hash.startsWith("#image=")) return;
    if (this.#cameFromGallery) history.back();
    else history.replaceState(null, "", location.pathname + location.search);
  }
}

/** @param {ImageObject} image */
function showStage(image) {
  const shape = image.width / image.height;
  frame.style.setProperty("--shape", String(shape));
  frame.style.setProperty("--width", `${image.width}px`);
  // Thumbnails are not animated, so show the original of an animation.
  const isMoving = image.animated && !reducedMotion.matches;
  showPicture(frame, image, {
    sizes: `min(100vw, ${Math.ceil(100 * shape)}vh)`,
    source: isMoving ? image.url : undefined,
  });
}

/** The id of the image that the address names, or null. */
const idInAddress = () => new URLSearchParams(location.hash.slice(1)).get("image");
