/** The grid of images: rows of equal height, each image in its own shape. */

import { byId, fromTemplate, partsOf, seen } from "./dom.js";
import { dateOf, fillTime, titleOf } from "./format.js";
import { showPicture, whenReady } from "./picture.js";

/** A panorama is cut at its ends, and a tower at top and bottom: the grid has to hold them beside the others. */
const NARROWEST = 0.66;
const WIDEST = 2.6;
/** Below that width (pixels) a picture is shown as it is, not blown up. */
const TINY = 160;
/** How high a tile may get, in pixels, where the browser has no means to find out before the picture is there. */
const TILE_HEIGHT = 300;

const tiles = byId("tiles");
const more = byId("gallery-more");

/** Show the collection, and keep up with it. */
export function setUpGallery(collection) {
  collection.addEventListener("added", ({ detail: { images, before } }) => {
    const made = images.map((each) => makeTile(each, collection));
    const successor = before && tileOf(before.id);
    if (successor) successor.before(...made);
    else tiles.append(...made);
  });
  collection.addEventListener("replaced", ({ detail: { image } }) => replaceTile(image, collection));
  collection.addEventListener("removed", ({ detail: { id } }) => tileOf(id)?.remove());
  for (const type of ["state", "added", "removed"]) {
    collection.addEventListener(type, () => showState(collection));
  }
  for (const button of [more, byId("gallery-retry")]) {
    button.addEventListener("click", () => collection.loadMore());
  }
  loadWhenNear(collection);
  collection.loadMore();
}

/** Put the focus on an image's tile, if there is one. */
export function focusTile(id) {
  tileOf(id)?.querySelector("a").focus();
}

const tileOf = (id) => byId(`tile-${id}`);

function makeTile(image, collection) {
  const tile = fromTemplate("tile-template");
  const { link, frame, badge, title, date } = partsOf(tile);
  const isTiny = image.width < TINY && image.height < TINY;
  const ownShape = image.width / image.height;
  const shape = isTiny ? 1 : Math.min(Math.max(ownShape, NARROWEST), WIDEST);
  const width = `${Math.round(TILE_HEIGHT * ownShape)}px`;
  // What is cut off at the ends has to be loaded too, and "auto" knows only of the tile.
  const sizes = ownShape > shape ? width : `auto, ${width}`;
  tile.id = `tile-${image.id}`;
  tile.style.setProperty("--shape", shape.toFixed(4));
  tile.classList.toggle("tiny", isTiny);
  link.href = `#image=${image.id}`;
  link.setAttribute("aria-label", titleOf(image));
  title.textContent = title.title = titleOf(image);
  fillTime(date, dateOf(image));
  badge.hidden = !image.animated;
  showPicture(frame, image, { sizes, lazy: true });
  if (image.thumbnails.state === "pending") followUp(image, frame, collection);
  return tile;
}

async function followUp(image, frame, collection) {
  await seen(frame); // what nobody looks at can wait
  const ready = await whenReady(image, frame);
  if (ready) collection.replace(ready);
}

function replaceTile(image, collection) {
  const old = tileOf(image.id);
  const hadFocus = old.contains(document.activeElement);
  old.replaceWith(makeTile(image, collection));
  if (hadFocus) focusTile(image.id);
}

function showState(collection) {
  const isEmpty = collection.images.length === 0;
  byId("gallery-loading").hidden = !collection.isLoading;
  byId("gallery-empty").hidden = !(isEmpty && collection.isLoaded && !collection.hasMore);
  byId("gallery-error").hidden = !collection.error;
  byId("gallery-error-detail").textContent = collection.error?.message ?? "";
  more.hidden = !collection.isLoaded || !collection.hasMore || collection.isLoading || Boolean(collection.error);
  tiles.setAttribute("aria-busy", String(collection.isLoading));
}

/** Load the next page before its end is reached; the button is for those who get there first. */
function loadWhenNear(collection) {
  const observer = new IntersectionObserver(
    (entries) => entries.some((each) => each.isIntersecting) && collection.loadMore(),
    { rootMargin: "600px" },
  );
  // The button is hidden while a page is loaded: once it is back, the observer looks anew.
  observer.observe(more);
}
