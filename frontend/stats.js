/** The numbers of the repository, for the holder of a key: how much there is, and what is looked at. */

import * as api from "./api.js";
import { byId, element, fromTemplate, partsOf } from "./dom.js";
import { fillTime, formatBytes, formatCount, plural, titleOf } from "./format.js";
import { keyring } from "./key.js";
import { KeyMissing, withKey } from "./keydialog.js";

const TOP = 5;

const dialog = byId("stats-dialog");
const content = byId("stats");
const loading = byId("stats-loading");
const refusal = byId("stats-refusal");

/** Connect the button, which is there while there is a key, and the dialog. */
export function setUpStats() {
  const button = byId("stats-button");
  const showButton = () => (button.hidden = !keyring.key);
  keyring.addEventListener("change", showButton);
  showButton();
  button.addEventListener("click", open);
  byId("stats-close").addEventListener("click", () => dialog.close());
  // The link leads to the lightbox, which is not to be stacked on top.
  byId("stats-top").addEventListener("click", (event) => event.target.closest("a") && dialog.close());
}

async function open() {
  content.hidden = true;
  loading.hidden = false;
  refusal.textContent = "";
  dialog.showModal();
  try {
    show(await withKey((key) => api.stats(TOP, key)));
  } catch (error) {
    if (error instanceof KeyMissing) dialog.close();
    else refusal.textContent = error.message;
  }
  loading.hidden = true;
}

function show(stats) {
  byId("stats-images").textContent = formatCount(stats.images);
  byId("stats-bytes").textContent = formatBytes(stats.bytes);
  byId("stats-views").textContent = formatCount(stats.views);
  const formats = Object.entries(stats.formats).sort(([, one], [, other]) => other.images - one.images);
  byId("stats-formats").replaceChildren(...formats.map(formatRow));
  byId("stats-top").replaceChildren(...stats.top.map(topRow));
  byId("stats-formats-part").hidden = formats.length === 0;
  byId("stats-top-part").hidden = stats.top.length === 0;
  fillTime(byId("stats-as-of"), stats.as_of, { exact: true });
  content.hidden = false;
}

function formatRow([name, { images, bytes }]) {
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, name.toUpperCase()),
    element("td", {}, plural(images, "photo")),
    element("td", {}, formatBytes(bytes)),
  );
}

function topRow(image) {
  const row = fromTemplate("top-template");
  const { link, picture, title, views } = partsOf(row);
  link.href = `#image=${image.id}`;
  title.textContent = title.title = titleOf(image);
  views.textContent = plural(image.views, "view");
  if (image.thumbnails.state === "ready") picture.src = image.thumbnails.items[0].url;
  return row;
}
