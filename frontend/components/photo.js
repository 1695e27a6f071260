/** One photo as a link, above its caption. */

import { element } from "../element.js";
import { isTiny } from "../rows.js";

/** @import { ImageObject } from "../types/api.js" */

const FADE_IN = 250; // milliseconds

/**
 * - `href`: where the link leads
 * - `sizes`: as in `<img sizes>`
 * - `onOpen`: called on a click; returns false if the site opens the photo itself
 *
 * @typedef {{ href: string, sizes: string, onOpen: () => boolean }} PhotoOptions
 */

/**
 * A figure with the photo, and its placeholder behind it until it is loaded. Captions are text, never markup.
 *
 * @param {ImageObject} image
 * @param {PhotoOptions} options
 */
export function makeFigure(image, { href, sizes, onOpen }) {
  const { caption, placeholder } = image;
  const photo = makePhoto(image, sizes);
  const link = element("a", { part: "link", href }, photo);
  if (placeholder) link.prepend(element("img", { part: "placeholder", src: placeholder, alt: "" }));
  photo.addEventListener("load", () => reveal(photo), { once: true }); // a larger thumbnail may be loaded later
  link.addEventListener("click", (event) => {
    const opensElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (!opensElsewhere && !onOpen()) event.preventDefault();
  });
  const figure = element("figure", { role: "none" }, link);
  // The alternative text of the photo repeats the caption, so screen readers skip it.
  if (caption) figure.append(element("figcaption", { part: "caption", dir: "auto", ariaHidden: "true" }, caption));
  return figure;
}

/**
 * @param {ImageObject} image
 * @param {string} sizes
 */
function makePhoto({ url, width, height, caption, filename, thumbnails }, sizes) {
  const alt = caption || filename || "Photo";
  const photo = element("img", { part: "image", alt, width, height, loading: "lazy" });
  const isReady = thumbnails.state === "ready";
  if (isTiny({ width, height })) photo.style.objectFit = "scale-down";
  // The browser reads `sizes` and `srcset` when `src` is set.
  photo.sizes = isTiny({ width, height }) ? `${width}px` : sizes;
  photo.srcset = isReady ? thumbnails.srcset : "";
  photo.src = (isReady && thumbnails.items.at(-1)?.url) || url;
  return photo;
}

/** @param {HTMLImageElement} photo */
async function reveal(photo) {
  const isReduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
  await photo.animate({ opacity: [0, 1] }, isReduced ? 0 : FADE_IN).finished;
  photo.previousElementSibling?.remove(); // the placeholder would be visible behind a transparent photo
}
