/** The text for a duplicate. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { describeDuplicate } from "../../frontend/words.js";

test("a duplicate without words, or with the same ones, is already stored", () => {
  assert.equal(describeDuplicate({}), "Already stored");
  assert.equal(describeDuplicate({ filled: [], kept: [] }), "Already stored");
});

test("what was added and what the image keeps is named, except for its file name", () => {
  assert.equal(
    describeDuplicate({ filled: ["album", "taken_at"], kept: ["filename", "tags"] }),
    "Already stored; added album, date; kept its own tags",
  );
  assert.equal(describeDuplicate({ filled: [], kept: ["filename"] }), "Already stored");
});
