/** The collection: pages, neighbours, and the events that the gallery follows. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Collection } from "../../frontend/collection.js";
import { image } from "./images.js";

/** @import { Page } from "../../frontend/types/api.js" */

/**
 * A collection over a list that the test continues. `tokens` has the page tokens that were requested.
 *
 * @param {(Page | Error)[]} answers
 */
function collectionOf(...answers) {
  /** @type {(string | null)[]} */
  const tokens = [];
  const collection = new Collection(async (token) => {
    tokens.push(token);
    const answer = answers.shift();
    assert.ok(answer, "no further page was expected to be loaded");
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return { collection, tokens };
}

/**
 * @param {string} ids a letter for each image
 * @param {string | null} next
 * @returns {Page}
 */
const page = (ids, next = null) => ({ images: [...ids].map(image), next_page_token: next });

/** @param {Collection} collection */
const idsOf = (collection) => collection.images.map((each) => each.id).join("");

test("a collection is not loaded at first, and may have more", () => {
  const { collection, tokens } = collectionOf();
  assert.deepEqual([collection.isLoaded, collection.hasMore, collection.isLoading], [false, true, false]);
  assert.deepEqual(tokens, []);
});

test("each page is requested with the token of the page before it", async () => {
  const { collection, tokens } = collectionOf(page("ab", "2"), page("cd"));
  await collection.loadMore();
  assert.deepEqual([idsOf(collection), collection.hasMore], ["ab", true]);
  await collection.loadMore();
  assert.deepEqual([idsOf(collection), collection.hasMore], ["abcd", false]);
  assert.deepEqual(tokens, [null, "2"]);
});

test("calls while a page is loading wait for that page", async () => {
  const { collection, tokens } = collectionOf(page("ab"));
  await Promise.all([collection.loadMore(), collection.loadMore()]);
  assert.equal(idsOf(collection), "ab");
  assert.equal(tokens.length, 1);
});

test("a listener of the state can load the next page", async () => {
  const { collection, tokens } = collectionOf(page("a", "2"), page("b"));
  collection.on("state", () => {
    if (collection.hasMore) collection.loadMore();
  });
  await collection.loadMore();
  await collection.loadMore();
  assert.equal(idsOf(collection), "ab");
  assert.deepEqual(tokens, [null, "2"]);
});

test("the state changes before and after a page is loaded", async () => {
  const { collection } = collectionOf(page("a"));
  /** @type {boolean[]} */
  const states = [];
  collection.on("state", () => states.push(collection.isLoading));
  await collection.loadMore();
  assert.deepEqual(states, [true, false]);
});

test("an error is kept until the next attempt, which requests the same page", async () => {
  const { collection, tokens } = collectionOf(page("a", "2"), new Error("No network"), page("b"));
  await collection.loadMore();
  await collection.loadMore();
  assert.deepEqual([collection.error, idsOf(collection), collection.hasMore], ["No network", "a", true]);
  await collection.loadMore();
  assert.deepEqual([collection.error, idsOf(collection)], ["", "ab"]);
  assert.deepEqual(tokens, [null, "2", "2"]);
});

test("an image that was uploaded in the meantime is not added twice", async () => {
  const { collection } = collectionOf(page("ab"));
  const loading = collection.loadMore();
  collection.prepend(image("a"));
  await loading;
  assert.equal(idsOf(collection), "ab");
});

test("images are added at the end, and before the first one", async () => {
  const { collection } = collectionOf(page("b"));
  /** @type {(string | undefined)[][]} */
  const added = [];
  collection.on("added", ({ images, before }) => added.push([images[0]?.id, before?.id]));
  await collection.loadMore();
  collection.prepend(image("a"));
  assert.equal(idsOf(collection), "ab");
  assert.deepEqual(added, [
    ["b", undefined],
    ["a", "b"],
  ]);
});

test("prepending an image that is in the collection replaces it in its place", async () => {
  const { collection } = collectionOf(page("ab"));
  await collection.loadMore();
  /** @type {(string | null)[]} */
  const captions = [];
  collection.on("replaced", (event) => captions.push(event.image.caption));
  collection.prepend({ ...image("b"), caption: "New" });
  assert.equal(idsOf(collection), "ab");
  assert.deepEqual(captions, ["New"]);
  assert.equal(collection.get("b")?.caption, "New");
});

test("replacing an image that is not in the collection does nothing", async () => {
  const { collection } = collectionOf(page("a"));
  await collection.loadMore();
  collection.on("replaced", () => assert.fail("nothing was replaced"));
  collection.replace(image("z"));
  assert.equal(idsOf(collection), "a");
});

test("a removed image is reported by its id", async () => {
  const { collection } = collectionOf(page("abc"));
  await collection.loadMore();
  /** @type {string[]} */
  const removed = [];
  collection.on("removed", ({ id }) => removed.push(id));
  collection.remove("b");
  assert.equal(idsOf(collection), "ac");
  assert.deepEqual(removed, ["b"]);
});

test("a neighbour beyond the loaded images loads the next page", async () => {
  const { collection } = collectionOf(page("ab", "2"), page("c"));
  await collection.loadMore();
  assert.equal((await collection.neighbour("a", 1))?.id, "b");
  assert.equal((await collection.neighbour("b", 1))?.id, "c");
  assert.equal((await collection.neighbour("c", -1))?.id, "b");
});

test("there is no neighbour beyond either end, nor of an unknown image", async () => {
  const { collection } = collectionOf(page("ab"));
  await collection.loadMore();
  assert.equal(await collection.neighbour("a", -1), undefined);
  assert.equal(await collection.neighbour("b", 1), undefined);
  assert.equal(await collection.neighbour("z", 1), undefined);
});

test("the nearest image is the next one, or else the one before", async () => {
  const { collection } = collectionOf(page("ab"));
  await collection.loadMore();
  assert.equal(collection.near("a")?.id, "b");
  assert.equal(collection.near("b")?.id, "a");
  collection.remove("a");
  assert.equal(collection.near("b"), undefined);
});
