/** The upload queue: order, limits, keys, and the state of a file after each failure. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as settled } from "node:timers/promises";
import { ApiError, KeyMissingError, StillProcessingError } from "../../frontend/errors.js";
import { Job, Queue } from "../../frontend/queue.js";
import { file, uploaded } from "./images.js";

/** @import { Watch } from "../../frontend/api.js" */
/** @import { Send } from "../../frontend/queue.js" */
/** @import { UploadedImage } from "../../frontend/types/api.js" */

class FakeKeyring extends EventTarget {
  /** @type {string | null} */
  key = "secret";

  /** @param {string | null} key */
  set(key) {
    this.key = key;
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * @typedef {object} Sending
 * @property {string} key
 * @property {Watch} watch
 * @property {(image: UploadedImage) => void} succeed
 * @property {(error: Error) => void} fail
 */

/** A server that answers when the test says so. */
class FakeServer {
  keyring = new FakeKeyring();
  queue = new Queue(this.keyring);
  /** @type {Map<string, Sending>} files that are being sent, by name */
  sending = new Map();
  /** How often the user was asked for a key. */
  questions = 0;

  /**
   * @param {string} name
   * @param {{ size?: number, isReadable?: boolean }} [options]
   */
  job(name, options) {
    /** @type {Send} */
    const send = (key, watch) =>
      new Promise((resolve, reject) => {
        watch.signal.throwIfAborted();
        this.sending.set(name, { key, watch, succeed: resolve, fail: reject });
        watch.signal.addEventListener("abort", () => reject(ApiError.offline()));
      }).finally(() => this.sending.delete(name));
    return new Job(file(name, options), send, (action) => this.#withKey(action));
  }

  /** @param {string[]} names */
  jobs(...names) {
    return names.map((name) => this.job(name));
  }

  get names() {
    return [...this.sending.keys()].join("");
  }

  /** @param {string} name */
  get(name) {
    const sending = this.sending.get(name);
    assert.ok(sending, `${name} is not being sent`);
    return sending;
  }

  /**
   * @param {string} name
   * @param {UploadedImage | Error} result
   */
  async answer(name, result) {
    const { succeed, fail } = this.get(name);
    if (result instanceof Error) fail(result);
    else succeed(result);
    await settled();
  }

  /**
   * @template T
   * @param {(key: string) => Promise<T>} action
   */
  async #withKey(action) {
    if (this.keyring.key) return await action(this.keyring.key);
    this.questions += 1;
    throw new KeyMissingError();
  }
}

/** @param {Job[]} jobs */
const statesOf = (jobs) => jobs.map((each) => each.state);

/**
 * The job of a file whose upload ends with an error.
 *
 * @param {Error} error
 * @param {{ isReadable?: boolean }} [options]
 */
async function failedJob(error, options) {
  const server = new FakeServer();
  const job = server.job("a", options);
  server.queue.add([job]);
  await server.answer("a", error);
  return { server, job };
}

test("a stored file has its image", async () => {
  const server = new FakeServer();
  const job = server.job("a");
  server.queue.add([job]);
  await server.answer("a", uploaded("id"));
  assert.deepEqual([job.state, job.image?.id, job.isActive], ["stored", "id", false]);
});

test("a duplicate has the image that was stored before", async () => {
  const server = new FakeServer();
  const job = server.job("a");
  server.queue.add([job]);
  await server.answer("a", uploaded("id", true));
  assert.deepEqual([job.state, job.image?.id], ["duplicate", "id"]);
});

test("at most three files are sent at once, in their order", async () => {
  const server = new FakeServer();
  const jobs = server.jobs("a", "b", "c", "d", "e");
  server.queue.add(jobs);
  assert.equal(server.names, "abc");
  assert.deepEqual(statesOf(jobs), ["sending", "sending", "sending", "waiting", "waiting"]);
  await server.answer("b", uploaded("b"));
  assert.equal(server.names, "acd");
  await server.answer("a", ApiError.offline());
  assert.equal(server.names, "cde");
});

test("progress is reported until the file is sent, and then the server checks it", () => {
  const server = new FakeServer();
  const job = server.job("a");
  /** @type {[string, number][]} */
  const changes = [];
  job.addEventListener("change", () => changes.push([job.state, job.progress]));
  server.queue.add([job]);
  server.get("a").watch.onProgress(0.5);
  server.get("a").watch.onProgress(1);
  assert.deepEqual(changes, [
    ["waiting", 0],
    ["sending", 0],
    ["sending", 0.5],
    ["checking", 1],
  ]);
});

test("a file that is too large is refused without being sent", () => {
  const server = new FakeServer();
  const limit = 100 * 1024 * 1024;
  const jobs = [server.job("a", { size: limit + 1 }), server.job("b", { size: limit })];
  server.queue.add(jobs);
  assert.deepEqual(statesOf(jobs), ["refused", "sending"]);
  assert.equal(server.names, "b");
  assert.match(jobs[0]?.reason ?? "", /larger than 100 MiB/);
});

test("after a temporary error a file can be tried again", async () => {
  for (const status of [0, 408, 409, 429, 500, 503]) {
    const { server, job } = await failedJob(new ApiError("Later", status));
    assert.deepEqual([job.state, job.reason], ["failed", "Later"], `status ${status}`);
    server.queue.add([job]);
    assert.deepEqual([job.state, job.reason], ["sending", ""]);
    await server.answer("a", uploaded("id"));
    assert.equal(job.state, "stored");
  }
});

test("after a permanent error a file is refused", async () => {
  for (const status of [400, 403, 413, 415, 422]) {
    const { job } = await failedJob(new ApiError("Not an image", status));
    assert.deepEqual([job.state, job.reason], ["refused", "Not an image"], `status ${status}`);
  }
});

test("an unexpected error is shown and not tried again", async () => {
  const { job } = await failedJob(new TypeError("x is not a function"));
  assert.deepEqual([job.state, job.reason], ["refused", "x is not a function"]);
});

test("a file that changed after it was chosen is refused with that reason", async () => {
  const { job } = await failedJob(ApiError.offline(), { isReadable: false });
  assert.equal(job.state, "refused");
  assert.match(job.reason, /changed or removed/);
});

test("a file that is not processed in time can be checked again", async () => {
  const { server, job } = await failedJob(new StillProcessingError());
  assert.equal(job.state, "late");
  server.queue.add([job]);
  await server.answer("a", uploaded("id"));
  assert.equal(job.state, "stored");
});

test("stop ends files that are being sent and files that wait", async () => {
  const server = new FakeServer();
  const jobs = server.jobs("a", "b", "c", "d");
  server.queue.add(jobs);
  server.queue.stop();
  await settled();
  assert.deepEqual(statesOf(jobs), ["stopped", "stopped", "stopped", "stopped"]);
  assert.equal(server.names, "");
});

test("stopped files can be added again", async () => {
  const server = new FakeServer();
  const jobs = server.jobs("a", "b");
  server.queue.add(jobs);
  server.queue.stop();
  await settled();
  server.queue.add(jobs);
  await server.answer("a", uploaded("a"));
  await server.answer("b", uploaded("b"));
  assert.deepEqual(statesOf(jobs), ["stored", "stored"]);
});

test("without a key, the files that wait are locked and the user is asked once per file that was sent", async () => {
  const server = new FakeServer();
  server.keyring.key = null;
  const jobs = server.jobs("a", "b", "c", "d", "e");
  server.queue.add(jobs);
  await settled();
  assert.deepEqual(statesOf(jobs), ["locked", "locked", "locked", "locked", "locked"]);
  assert.equal(server.questions, 3);
  assert.equal(server.names, "");
});

test("a new key starts all locked files", async () => {
  const server = new FakeServer();
  server.keyring.key = null;
  const jobs = server.jobs("a", "b", "c", "d");
  server.queue.add(jobs);
  await settled();
  server.keyring.set("new");
  assert.equal(server.names.length, 3);
  assert.equal(server.get("a").key, "new");
  for (const name of ["a", "b", "c", "d"]) await server.answer(name, uploaded(name));
  assert.deepEqual(statesOf(jobs), ["stored", "stored", "stored", "stored"]);
});

test("a locked file that was added again is not started twice by a new key", async () => {
  const server = new FakeServer();
  server.keyring.key = null;
  const [job] = server.jobs("a");
  assert.ok(job);
  server.queue.add([job]);
  await settled();
  server.keyring.key = "new";
  server.queue.add([job]);
  await server.answer("a", uploaded("a"));
  server.keyring.set("newer");
  assert.deepEqual([job.state, server.names], ["stored", ""]);
});

test("a removed key does not start locked files", async () => {
  const server = new FakeServer();
  server.keyring.key = null;
  const [job] = server.jobs("a");
  assert.ok(job);
  server.queue.add([job]);
  await settled();
  server.keyring.set(null);
  await settled();
  assert.deepEqual([job.state, server.questions], ["locked", 1]);
});
