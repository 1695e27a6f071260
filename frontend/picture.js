/**
 * A picture in its frame: first the blurred placeholder, then the thumbnail that fits; or why there is none.
 *
 * The frame's `data-state` says which, for the style sheet: pending, late, loading, shown, failed, lost.
 */

import * as api from "./api.js";
import { element } from "./dom.js";
import { titleOf } from "./format.js";

const FIRST_DELAY = 800;
const LONGEST_DELAY = 15_000;
const PATIENCE = 3 * 60_000;

const NOTES = {
  pending: "Preparing …",
  late: "Still being prepared. Reload to look again.",
  failed: "No preview",
  lost: "Could not be loaded",
};

/**
 * Show an image's thumbnail in the frame.
 *
 * `sizes` as in <img sizes>; `lazy` waits until the frame is near the viewport; `source` is shown in place of the
 * thumbnails.
 */
export function showPicture(frame, image, { sizes, lazy = false, source } = {}) {
  frame.replaceChildren();
  if (image.thumbnails.state !== "ready") {
    note(frame, image.thumbnails.state);
    return;
  }
  frame.dataset.state = "loading";
  if (image.placeholder) frame.append(element("img", { className: "placeholder", src: image.placeholder, alt: "" }));
  frame.append(photo(frame, image, { sizes, lazy, source }));
}

function photo(frame, image, { sizes, lazy, source }) {
  const { srcset, items } = image.thumbnails;
  const made = element("img", {
    className: "photo",
    alt: titleOf(image),
    width: image.width,
    height: image.height,
    decoding: "async",
    loading: lazy ? "lazy" : "eager",
  });
  made.addEventListener("load", () => {
    frame.dataset.state = "shown";
    frame.querySelector(".placeholder")?.remove(); // it would shine through where the picture is transparent
  });
  made.addEventListener("error", () => note(frame, "lost"));
  if (source) {
    made.src = source;
  } else {
    // The browser takes what `sizes` and `srcset` are when `src` is set.
    made.sizes = sizes;
    made.srcset = srcset;
    made.src = items.at(-1).url;
  }
  return made;
}

function note(frame, state) {
  frame.dataset.state = state;
  const parts = [element("span", { className: "note", textContent: NOTES[state] })];
  if (state === "pending") parts.unshift(element("span", { className: "spinner" }));
  frame.replaceChildren(...parts);
}

/**
 * Ask, less and less often, until the thumbnails of an image are made or have failed.
 *
 * The image as it is then; null when it takes too long, or the frame is gone or shows something else by then.
 */
export async function whenReady(image, frame) {
  const begun = frame.firstChild;
  const isWanted = () => frame.isConnected && frame.firstChild === begun;
  const end = Date.now() + PATIENCE;
  for (let delay = FIRST_DELAY; Date.now() < end; delay = Math.min(delay * 1.6, LONGEST_DELAY)) {
    await new Promise((resolve) => setTimeout(resolve, delay));
    if (!isWanted()) return null;
    try {
      const now = await api.details(image.id);
      if (now.thumbnails.state !== "pending") return isWanted() ? now : null;
    } catch (error) {
      if (!error.isTransient) return null; // deleted meanwhile
    }
  }
  if (isWanted()) note(frame, "late");
  return null;
}
