/** One random photo, another one on each visit. While it has no thumbnails yet, the original is shown. */

import { element } from "../element.js";
import { Photos } from "./photos.js";

export class Random extends Photos {
  /** @override */
  static observedAttributes = ["api", "href", "width", "album", "tag"];

  constructor() {
    super("/random", element("div", { part: "photos" }));
  }

  /**
   * @override
   * @param {number} _shape
   */
  sizesFor(_shape) {
    return `auto, min(100vw, ${Number(this.getAttribute("width")) || 2048}px)`;
  }
}
