/** The gallery: rows of photos, newest first. */

import { byId, fromTemplate, nearViewport, part } from "./dom.js";
import { fillDay, titleOf } from "./format.js";
import { showPicture, thumbnailsReady } from "./picture.js";
import { isTiny, rowsSheet, shapeInRow, widthInRow } from "./rows.js";

/** @import { Collection } from "./collection.js" */
/** @import { ImageObject } from "./types/api.js" */

/** The smallest shape, width per height, of a tile. A narrower one would have no room for its title. */
const MIN_SHAPE = 0.66;

const tiles = byId("tiles", HTMLElement);
const moreButton = byId("gallery-more", HTMLButtonElement);
const retryButton = byId("gallery-retry", HTMLButtonElement);

/**
 * Show the collection and its changes.
 *
 * @param {Collection} collection
 */
export function setUpGallery(collection) {
  document.adoptedStyleSheets.push(rowsSheet());
  collection.on("added", ({ images, before }) => {
    const added = images.map((each) => makeTile(each, collection));
    const next = before && tileOf(before.id);
    if (next) next.before(...added);
    else tiles.append(...added);
  });
  collection.on("replaced", ({ image }) => replaceTile(image, collection));
  collection.on("removed", ({ id }) => tileOf(id)?.remove());
  for (const type of /** @type {const} */ (["state", "added", "removed"])) {
    collection.on(type, () => showState(collection));
  }
  for (const button of [moreButton, retryButton]) {
    button.addEventListener("click", () => collection.loadMore());
  }
  loadWhenNear(collection);
  collection.loadMore();
}

/**
 * Move the focus to the tile of an image, if it has one.
 *
 * @param {string} id
 */
export function focusTile(id) {
  tileOf(id)?.querySelector("a")?.focus();
}

/** @param {string} id */
const tileOf = (id) => document.getElementById(`tile-${id}`);

/**
 * @param {ImageObject} image
 * @param {Collection} collection
 */
function makeTile(image, collection) {
  const tile = fromTemplate("tile-template");
  const frame = part(tile, "frame", HTMLElement);
  const link = part(tile, "link", HTMLAnchorElement);
  const title = part(tile, "title", HTMLElement);
  tile.id = `tile-${image.id}`;
  link.href = `#image=${image.id}`;
  link.setAttribute("aria-label", titleOf(image));
  title.textContent = title.title = titleOf(image);
  fillDay(part(tile, "date", HTMLTimeElement), image);
  part(tile, "badge", HTMLElement).hidden = !image.animated;
  showPicture(frame, image, { sizes: layOut(tile, image), lazy: true });
  if (image.thumbnails.state === "pending") replaceWhenReady(image, frame, collection);
  return tile;
}

/**
 * Set the tile's shape; returns the `sizes` of its picture.
 *
 * @param {HTMLElement} tile
 * @param {ImageObject} image
 */
function layOut(tile, image) {
  const ownShape = image.width / image.height;
  const shape = isTiny(image) ? 1 : shapeInRow(ownShape, MIN_SHAPE);
  tile.style.setProperty("--shape", shape.toFixed(4));
  tile.classList.toggle("tiny", isTiny(image));
  // "auto" is the width of the tile, which is not enough for a picture that is cropped at its sides.
  return `${ownShape > shape ? "" : "auto, "}${widthInRow(ownShape)}px`;
}

/**
 * @param {ImageObject} image
 * @param {HTMLElement} frame
 * @param {Collection} collection
 */
async function replaceWhenReady(image, frame, collection) {
  await nearViewport(frame); // no one sees the others
  const ready = await thumbnailsReady(image, frame);
  if (ready) collection.replace(ready);
}

/**
 * @param {ImageObject} image
 * @param {Collection} collection
 */
function replaceTile(image, collection) {
  const old = tileOf(image.id);
  const hadFocus = old?.contains(document.activeElement);
  old?.replaceWith(makeTile(image, collection));
  if (hadFocus) focusTile(image.id);
}

/** @param {Collection} collection */
function showState({ images, error, isLoaded, isLoading, hasMore }) {
  byId("gallery-loading", HTMLElement).hidden = !isLoading;
  byId("gallery-empty", HTMLElement).hidden = !(images.length === 0 && isLoaded && !hasMore);
  byId("gallery-error", HTMLElement).hidden = !error;
  byId("gallery-error-detail", HTMLElement).textContent = error;
  moreButton.hidden = !isLoaded || !hasMore || isLoading || error !== "";
  tiles.setAttribute("aria-busy", String(isLoading));
}

/**
 * Load the next page before the end of this one is reached. The button is for users who reach the end before that.
 *
 * @param {Collection} collection
 */
function loadWhenNear(collection) {
  const observer = new IntersectionObserver(
    (entries) => {
      if (entries.some((each) => each.isIntersecting)) collection.loadMore();
    },
    { rootMargin: "600px" },
  );
  // The button is hidden while a page is loading. The observer reports it again when it is shown.
  observer.observe(moreButton);
}
