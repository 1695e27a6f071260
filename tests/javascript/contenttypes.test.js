/** The content type of a file: from the browser if it is accepted, or else from the file's name. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { contentTypeOf, isImageName } from "../../frontend/contenttypes.js";

/** @type {[string, string, string | undefined][]} */
const FILES = [
  ["photo.png", "image/png", "image/png"],
  ["photo", "image/jpeg", "image/jpeg"],
  ["photo.heic", "", "image/heic"],
  ["photo.HEIF", "", "image/heif"],
  ["a.b.jpg", "application/octet-stream", "image/jpeg"],
  ["film.mp4", "video/mp4", undefined],
  ["photo.svg", "image/svg+xml", undefined],
  ["jpg", "", undefined],
];

test("the type from the browser counts if it is accepted, or else the extension", () => {
  for (const [name, type, expected] of FILES) assert.equal(contentTypeOf({ name, type }), expected, name);
});

test("a file is an image by its extension", () => {
  assert.deepEqual(["a.webp", "a.AVIF", "a.txt", "webp"].map(isImageName), [true, true, false, false]);
});
