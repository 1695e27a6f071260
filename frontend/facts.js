/** The list of an image's properties in the lightbox. */

import { byId } from "./dom.js";
import { element } from "./element.js";
import { fillClockTime, fillTime, formatBytes } from "./format.js";

/** @import { ImageObject } from "./types/api.js" */

const list = byId("facts", HTMLDListElement);

/**
 * Show the properties of an image. Those without a value are left out.
 *
 * @param {ImageObject} image
 */
export function showFacts(image) {
  const { width, height, bytes, format, animated, caption, filename, album, tags } = image;
  const rows = [
    image.taken_at && row("Taken", timeElement(image.taken_at, fillClockTime)),
    row("Uploaded", timeElement(image.uploaded_at, fillTime)),
    row("Size", `${width} × ${height} pixels, ${formatBytes(bytes)}`),
    row("Format", `${format.toUpperCase()}${animated ? ", animated" : ""}`),
    caption && filename && row("File", filename), // without a caption, the file name is the title
    album && row("Album", album),
    tags.length > 0 && row("Tags", tags.join(", ")),
  ];
  list.replaceChildren(...rows.filter((each) => each instanceof Element));
}

/**
 * @param {string} term
 * @param {string | Element} value
 */
const row = (term, value) => element("div", {}, element("dt", {}, term), element("dd", { dir: "auto" }, value));

/**
 * @param {string} time
 * @param {typeof fillTime} fill
 */
function timeElement(time, fill) {
  const created = element("time");
  fill(created, time, { exact: true });
  return created;
}
