/**
 * A picture in its frame: first the blurred placeholder, then the thumbnail, or a note if there is none.
 *
 * The frame's `data-state` tells the style sheet which: pending, late, loading, shown, failed, lost.
 */

import * as api from "./api.js";
import { element } from "./element.js";
import { isTransient } from "./errors.js";
import { titleOf } from "./format.js";

/** @import { ImageObject } from "./types/api.js" */

const FIRST_DELAY = 800;
const MAX_DELAY = 15_000;
const POLL_TIMEOUT = 3 * 60_000;

const NOTES = {
  pending: "Preparing …",
  late: "Still being prepared. Reload the page to check again.",
  failed: "No preview",
  lost: "Could not be loaded",
};

/**
 * - `sizes`: as in `<img sizes>`
 * - `lazy`: load the picture only when it comes near the viewport
 * - `source`: a URL to show instead of the thumbnails
 *
 * @typedef {{ sizes: string, lazy?: boolean, source?: string | undefined }} PictureOptions
 */

/**
 * Show an image's thumbnail in the frame.
 *
 * @param {HTMLElement} frame
 * @param {ImageObject} image
 * @param {PictureOptions} options
 */
export function showPicture(frame, image, options) {
  frame.replaceChildren();
  if (image.thumbnails.state !== "ready") {
    showNote(frame, image.thumbnails.state);
    return;
  }
  frame.dataset.state = "loading";
  if (image.placeholder) frame.append(element("img", { className: "placeholder", src: image.placeholder, alt: "" }));
  frame.append(makePhoto(frame, image, options));
}

/**
 * @param {HTMLElement} frame
 * @param {ImageObject} image
 * @param {PictureOptions} options
 */
function makePhoto(frame, image, { sizes, lazy = false, source }) {
  const photo = element("img", {
    className: "photo",
    alt: titleOf(image),
    width: image.width,
    height: image.height,
    decoding: "async",
    loading: lazy ? "lazy" : "eager",
  });
  photo.addEventListener("load", () => {
    frame.dataset.state = "shown";
    frame.querySelector(".placeholder")?.remove(); // it would be visible behind a transparent picture
  });
  photo.addEventListener("error", () => showNote(frame, "lost"));
  if (source) {
    photo.src = source;
  } else {
    // The browser reads `sizes` and `srcset` when `src` is set.
    photo.sizes = sizes;
    photo.srcset = image.thumbnails.srcset;
    photo.src = image.thumbnails.items.at(-1)?.url ?? image.url;
  }
  return photo;
}

/**
 * @param {HTMLElement} frame
 * @param {keyof typeof NOTES} state
 */
function showNote(frame, state) {
  frame.dataset.state = state;
  const spinner = state === "pending" ? [element("span", { className: "spinner" })] : [];
  frame.replaceChildren(...spinner, element("span", { className: "note", textContent: NOTES[state] }));
}

/**
 * Poll, with growing delays, until the thumbnails of an image exist or have failed.
 *
 * Returns the image in its new state; null if that takes too long, or if the frame was removed or shows something else.
 *
 * @param {ImageObject} image
 * @param {HTMLElement} frame
 */
export async function thumbnailsReady(image, frame) {
  const content = frame.firstChild;
  const isCurrent = () => frame.isConnected && frame.firstChild === content;
  const end = Date.now() + POLL_TIMEOUT;
  for (let delay = FIRST_DELAY; Date.now() < end; delay = Math.min(delay * 1.6, MAX_DELAY)) {
    await new Promise((resolve) => setTimeout(resolve, delay));
    if (!isCurrent()) return null;
    try {
      const latest = await api.details(image.id);
      if (latest.thumbnails.state !== "pending") return isCurrent() ? latest : null;
    } catch (error) {
      if (!isTransient(error)) return null; // the image was deleted
    }
  }
  if (isCurrent()) showNote(frame, "late");
  return null;
}
