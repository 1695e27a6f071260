/** The statistics of the repository, for users with a key. */

import * as api from "./api.js";
import { byId, fromTemplate, part } from "./dom.js";
import { element } from "./element.js";
import { KeyMissingError, messageOf } from "./errors.js";
import { fillTime, formatBytes, formatCount, plural, titleOf } from "./format.js";
import { keyring, withKey } from "./keydialog.js";

/** @import { FormatTotals, Stats, ViewedImage } from "./types/api.js" */

const TOP_COUNT = 5;

const dialog = byId("stats-dialog", HTMLDialogElement);
const content = byId("stats", HTMLElement);
const loading = byId("stats-loading", HTMLElement);
const errorMessage = byId("stats-error", HTMLElement);
const formatList = byId("stats-formats", HTMLElement);
const topList = byId("stats-top", HTMLElement);

/** Connect the dialog and its button, which is visible if there is a key. */
export function setUpStats() {
  const button = byId("stats-button", HTMLButtonElement);
  const showButton = () => {
    button.hidden = !keyring.key;
  };
  keyring.addEventListener("change", showButton);
  showButton();
  button.addEventListener("click", open);
  byId("stats-close", HTMLButtonElement).addEventListener("click", () => dialog.close());
  // A link opens the lightbox, so close this dialog first.
  topList.addEventListener("click", ({ target }) => {
    if (target instanceof Element && target.closest("a")) dialog.close();
  });
}

async function open() {
  content.hidden = true;
  loading.hidden = false;
  errorMessage.textContent = "";
  dialog.showModal();
  try {
    show(await withKey((key) => api.stats(TOP_COUNT, key)));
  } catch (error) {
    if (error instanceof KeyMissingError) dialog.close();
    else errorMessage.textContent = messageOf(error);
  }
  loading.hidden = true;
}

/** @param {Stats} stats */
function show(stats) {
  byId("stats-images", HTMLElement).textContent = formatCount(stats.images);
  byId("stats-bytes", HTMLElement).textContent = formatBytes(stats.bytes);
  byId("stats-views", HTMLElement).textContent = formatCount(stats.views);
  const formats = Object.entries(stats.formats).sort(([, one], [, other]) => other.images - one.images);
  formatList.replaceChildren(...formats.map(makeFormatRow));
  topList.replaceChildren(...stats.top.map(makeTopRow));
  byId("stats-formats-part", HTMLElement).hidden = formats.length === 0;
  byId("stats-top-part", HTMLElement).hidden = stats.top.length === 0;
  fillTime(byId("stats-as-of", HTMLTimeElement), stats.as_of, { exact: true });
  content.hidden = false;
}

/** @param {[string, FormatTotals]} entry */
function makeFormatRow([name, { images, bytes }]) {
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, name.toUpperCase()),
    element("td", {}, plural(images, "photo")),
    element("td", {}, formatBytes(bytes)),
  );
}

/** @param {ViewedImage} image */
function makeTopRow(image) {
  const row = fromTemplate("top-template");
  const title = part(row, "title", HTMLElement);
  part(row, "link", HTMLAnchorElement).href = `#image=${image.id}`;
  title.textContent = title.title = titleOf(image);
  part(row, "views", HTMLElement).textContent = plural(image.views, "view");
  const [smallest] = image.thumbnails.items;
  if (image.thumbnails.state === "ready" && smallest) part(row, "picture", HTMLImageElement).src = smallest.url;
  return row;
}
