/** Editing and deleting the image in the lightbox, for users with a key. */

import * as api from "./api.js";
import { announce, byId } from "./dom.js";
import { KeyMissingError, messageOf, statusOf } from "./errors.js";
import { titleOf } from "./format.js";
import { keyring, withKey } from "./keydialog.js";

/** @import { Changes } from "./api.js" */
/** @import { ImageObject } from "./types/api.js" */

const form = byId("edit-form", HTMLFormElement);
const caption = byId("edit-caption", HTMLTextAreaElement);
const album = byId("edit-album", HTMLInputElement);
const tags = byId("edit-tags", HTMLInputElement);
const confirmation = byId("delete-confirm", HTMLElement);
const keepButton = byId("delete-no", HTMLButtonElement);
const actions = byId("lightbox-actions", HTMLElement);
const editButton = byId("edit", HTMLButtonElement);
const deleteButton = byId("delete", HTMLButtonElement);
const message = byId("lightbox-message", HTMLElement);

/**
 * @typedef {object} EditorEvents
 * @property {(image: ImageObject) => void} onChange called with an image after it was changed
 * @property {(image: ImageObject) => void} onDelete called with an image after it was deleted
 */

export class Editor {
  #onChange;
  #onDelete;
  /** @type {ImageObject | null} */
  #image = null;
  /** The content of the form when it was opened. */
  #original = formValues();

  /** @param {EditorEvents} events */
  constructor({ onChange, onDelete }) {
    this.#onChange = onChange;
    this.#onDelete = onDelete;
    editButton.addEventListener("click", () => this.#edit());
    deleteButton.addEventListener("click", () => this.#open(confirmation, keepButton));
    for (const button of [byId("edit-cancel", HTMLButtonElement), keepButton]) {
      button.addEventListener("click", () => this.cancel());
    }
    byId("delete-yes", HTMLButtonElement).addEventListener("click", () => this.#delete());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save();
    });
    keyring.addEventListener("change", () => {
      if (!this.isOpen) this.#showButtons();
    });
  }

  /** Is the form or the question open? */
  get isOpen() {
    return actions.hidden;
  }

  /**
   * Show the buttons for an image, and close the form and the question.
   *
   * @param {ImageObject} image
   */
  show(image) {
    this.#image = image;
    this.#showButtons();
  }

  /** Close the form or the question, without an effect. */
  cancel() {
    const button = form.hidden ? deleteButton : editButton;
    this.#showButtons();
    button.focus();
  }

  #showButtons() {
    form.hidden = confirmation.hidden = true;
    actions.hidden = false;
    editButton.hidden = deleteButton.hidden = !keyring.key;
  }

  /**
   * @param {HTMLElement} panel
   * @param {HTMLElement} focused
   */
  #open(panel, focused) {
    message.textContent = "";
    panel.hidden = false;
    actions.hidden = true;
    focused.focus();
  }

  #edit() {
    caption.value = this.#image?.caption ?? "";
    album.value = this.#image?.album ?? "";
    tags.value = this.#image?.tags.join(", ") ?? "";
    this.#original = formValues();
    this.#open(form, caption);
  }

  async #save() {
    const image = this.#image;
    if (!image) return;
    // Send only what the user changed: the other fields may have been changed elsewhere.
    const changes = changesBetween(this.#original, formValues());
    const changed = await attempt(form, (key) => api.update(image.id, changes, key));
    if (!changed) return;
    this.#onChange(changed);
    editButton.focus();
  }

  async #delete() {
    const image = this.#image;
    if (!image) return;
    const isDeleted = await attempt(confirmation, async (key) => {
      await api.remove(image.id, key).catch(ignoreNotFound);
      return true;
    });
    if (!isDeleted) return;
    this.#onDelete(image);
    announce(`Deleted: ${titleOf(image)}`);
  }
}

/** The content of the form; null for an empty field. */
function formValues() {
  return { caption: textOf(caption), album: textOf(album), tags: textOf(tags) };
}

/** @param {HTMLInputElement | HTMLTextAreaElement} field */
const textOf = (field) => field.value.trim() || null;

/**
 * @param {ReturnType<typeof formValues>} before
 * @param {ReturnType<typeof formValues>} after
 */
function changesBetween(before, after) {
  /** @type {Changes} */
  const changes = {};
  if (after.caption !== before.caption) changes.caption = after.caption;
  if (after.album !== before.album) changes.album = after.album;
  if (after.tags !== before.tags) changes.tags = after.tags;
  return changes;
}

/**
 * The result of `action(key)`; undefined if it failed. The lightbox then shows the error.
 *
 * @template T
 * @param {HTMLElement} panel disabled until the action ends
 * @param {(key: string) => Promise<T>} action
 */
async function attempt(panel, action) {
  message.textContent = "";
  panel.inert = true;
  try {
    return await withKey(action);
  } catch (error) {
    if (!(error instanceof KeyMissingError)) message.textContent = messageOf(error);
    return undefined;
  } finally {
    panel.inert = false;
  }
}

/**
 * The image was deleted before, which is what the user wanted.
 *
 * @param {unknown} error
 */
function ignoreNotFound(error) {
  if (statusOf(error) !== 404) throw error;
  return null;
}
