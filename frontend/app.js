/** The page: puts the parts together. Each module has one job; those of the page find their elements by id. */

import { Collection } from "./collection.js";
import { byId } from "./dom.js";
import { setUpGallery } from "./gallery.js";
import { setUpIntake } from "./intake.js";
import { setUpKey } from "./keydialog.js";
import { setUpLightbox } from "./lightbox.js";
import { setUpStats } from "./stats.js";
import { isUploading, upload } from "./uploads.js";

const collection = new Collection();

setUpKey(); // first, for it takes the key out of the address
setUpIntake((files) => upload(files, labels(), (image) => collection.prepend(image)));
setUpGallery(collection);
setUpLightbox(collection);
setUpStats();

addEventListener("beforeunload", (event) => {
  if (isUploading()) event.preventDefault(); // the browser asks whether to leave
});

/** Album and tags for what is uploaded now; an empty one is left out. */
function labels() {
  const fields = { album: byId("album").value.trim(), tags: byId("tags").value.trim() };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value));
}
