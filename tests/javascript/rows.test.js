/** The shapes of photos in rows. (The browser tests show the layout itself.) */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isTiny, shapeInRow, widthInRow } from "../../frontend/rows.js";

test("a photo keeps its shape in a row", () => {
  assert.equal(shapeInRow(1.5, 0.6), 1.5);
});

test("a panorama and a tower are cropped", () => {
  assert.deepEqual([shapeInRow(10, 0.6), shapeInRow(0.1, 0.6), shapeInRow(0.1, 0.66)], [2.6, 0.6, 0.66]);
});

test("the width before cropping is in proportion to the shape", () => {
  assert.deepEqual([widthInRow(0.5), widthInRow(10)], [150, 3000]);
});

test("a photo is tiny if both sides are short", () => {
  const sizes = [
    { width: 159, height: 159 },
    { width: 160, height: 20 },
    { width: 20, height: 160 },
  ];
  assert.deepEqual(sizes.map(isTiny), [true, false, false]);
});
