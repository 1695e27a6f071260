/** What is known of an image, as a list of terms and values. */

import { byId, element } from "./dom.js";
import { fillTime, formatBytes } from "./format.js";

/** Fill the lightbox's list. */
export function showFacts(image) {
  const facts = [
    ["Taken", image.taken_at && time(image.taken_at)],
    ["Uploaded", time(image.uploaded_at)],
    ["Size", `${image.width} × ${image.height} pixels, ${formatBytes(image.bytes)}`],
    ["Format", `${image.format.toUpperCase()}${image.animated ? ", animated" : ""}`],
    ["File", image.caption && image.filename],
    ["Album", image.album],
    ["Tags", image.tags.join(", ")],
  ];
  const rows = facts
    .filter(([, value]) => value)
    .map(([term, value]) => element("div", {}, element("dt", {}, term), element("dd", { dir: "auto" }, value)));
  byId("facts").replaceChildren(...rows);
}

function time(value) {
  const made = document.createElement("time");
  fillTime(made, value, { exact: true });
  return made;
}
