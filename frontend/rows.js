/**
 * The layout of photos in justified rows, for the page and the components.
 *
 * It is pure CSS, also when the window is resized: each item is as wide as its shape times the row height, and the free
 * space of a row is distributed in proportion to the shapes, so that all items of a row grow to the same height.
 */

/** The greatest shape, width per height, of an item. A wider photo is cropped at its sides. */
const MAX_SHAPE = 2.6;

/** The height in pixels up to which an item usually grows, for browsers that choose a thumbnail before the layout. */
const USUAL_HEIGHT = 300;

/** A photo that is smaller than this, in pixels, is shown in its own size and not enlarged. */
const TINY = 160;

const CSS = `
  .justified-rows {
    --row: var(--image-repo-row, 13.5rem);
    display: flex;
    flex-wrap: wrap;
  }
  .justified-rows > * { /* --shape is the item's width per height */
    --width: calc(var(--shape) * var(--row));
    flex: calc(var(--shape) * 100) 1 var(--width); /* with a sum below 1, free space would remain */
    min-inline-size: 0;
    max-inline-size: calc(var(--width) * 1.8); /* of a portrait alone in its row */
  }
  .justified-rows::after {
    content: "";
    flex: 1000000; /* takes the rest of the last row, so that its items do not grow */
  }
  @media (width < 40rem) { /* on a phone a row has one or two items, which fill it */
    .justified-rows { --row: var(--image-repo-row, 9.5rem) }
    .justified-rows > * { max-inline-size: none }
    .justified-rows::after { display: none }
  }
`;

/** A style sheet for elements of the class `justified-rows`, whose children set `--shape`. */
export function rowsSheet() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  return sheet;
}

/**
 * The shape of an item for a photo of the given shape. A narrower photo than `minShape` is cropped at top and bottom.
 *
 * @param {number} shape
 * @param {number} minShape
 */
export const shapeInRow = (shape, minShape) => Math.min(Math.max(shape, minShape), MAX_SHAPE);

/**
 * The width in pixels, before it is cropped, of a photo of the given shape in a row.
 *
 * @param {number} shape
 */
export const widthInRow = (shape) => Math.round(USUAL_HEIGHT * shape);

/** @param {{ width: number, height: number }} image */
export const isTiny = ({ width, height }) => Math.max(width, height) < TINY;
