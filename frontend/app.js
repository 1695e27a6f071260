/** The page: connects the modules. Each has one task; those of the page find their elements by id. */

import * as api from "./api.js";
import { Collection } from "./collection.js";
import { byId } from "./dom.js";
import { setUpFilePicker } from "./filepicker.js";
import { setUpGallery } from "./gallery.js";
import { setUpKey } from "./keydialog.js";
import { setUpLightbox } from "./lightbox.js";
import { setUpStats } from "./stats.js";
import { isUploading, upload } from "./uploads.js";

const PAGE_SIZE = 24;

const collection = new Collection((pageToken) => api.list({ limit: PAGE_SIZE, pageToken }));

setUpKey(); // first, because it removes the key from the address
setUpFilePicker((files) =>
  upload(
    files,
    labels(),
    (image) => collection.prepend(image),
    (image) => collection.replace(image),
  ),
);
setUpGallery(collection);
setUpLightbox(collection);
setUpStats();

addEventListener("beforeunload", (event) => {
  if (isUploading()) event.preventDefault(); // the browser asks the user before it leaves the page
});

/** Album and tags for new uploads, without empty ones. */
function labels() {
  const album = byId("album", HTMLInputElement).value.trim();
  const tags = byId("tags", HTMLInputElement).value.trim();
  return { ...(album && { album }), ...(tags && { tags }) };
}
