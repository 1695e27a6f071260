/** The gallery: rows or a grid of thumbnails, with a button for more photos. */

import { element } from "../element.js";
import { shapeInRow, widthInRow } from "../rows.js";
import { Photos } from "./photos.js";

/** @import { ImageObject } from "../types/api.js" */

/** The smallest shape, width per height, of a photo in a row. A narrower one is cropped at top and bottom. */
const MIN_SHAPE = 0.6;

export class Gallery extends Photos {
  /** @override */
  static observedAttributes = ["api", "href", "album", "tag", "uploader", "order", "limit"];

  constructor() {
    // Safari does not announce a list without bullets as a list, unless it has the role.
    super("/list", element("ul", { part: "photos", role: "list", className: "justified-rows" }));
  }

  /**
   * A photo without thumbnails is left out.
   *
   * @override
   * @param {ImageObject} image
   */
  canShow(image) {
    return image.thumbnails.state === "ready";
  }

  /**
   * @override
   * @param {number} shape
   */
  shapeFor(shape) {
    return shapeInRow(shape, MIN_SHAPE);
  }

  /**
   * @override
   * @param {number} shape
   */
  sizesFor(shape) {
    const width = `min(100vw, ${widthInRow(shape)}px)`;
    // "auto" is the width of the item, which is not enough for a photo that is cropped at its sides.
    const isCropped = shapeInRow(shape, MIN_SHAPE) < shape || this.hasAttribute("grid");
    return isCropped ? width : `auto, ${width}`;
  }
}
