/** The order of uploads: a few at a time, and none without a key. Knows nothing of the page. */

import * as api from "./api.js";
import { keyring } from "./key.js";
import { KeyMissing, withKey } from "./keydialog.js";
import { StillPending, byTicket } from "./tickets.js";

const AT_ONCE = 3;
const MIB = 1024 * 1024;
/** What a request may hold of a file. Larger ones go by ticket. */
const REQUEST_BYTES = 30 * MIB;
const MAX_BYTES = 100 * MIB;
const CHANGED = "The file has been changed or removed since it was chosen. Choose it again.";

/**
 * One file on its way. Fires `change`.
 *
 * `state` is one of: waiting, sending (see `progress`, 0 to 1), checking (sent, not yet answered), stored, duplicate,
 * refused (for good), failed or stopped (may be tried again), late (arrived, may be asked after again), locked (needs
 * a key).
 */
export class Job extends EventTarget {
  #send;
  #stopping = new AbortController();
  state = "waiting";
  progress = 0;
  /** Why it was refused or failed. */
  reason = "";
  /** The image, once it is stored or found to be there. */
  image = null;

  constructor(file, fields) {
    super();
    this.file = file;
    this.#send =
      file.size > REQUEST_BYTES
        ? byTicket(file, fields)
        : (key, watch) => api.upload(file, fields, key, watch);
  }

  get isUnderWay() {
    return ["waiting", "sending", "checking"].includes(this.state);
  }

  set(state, more = {}) {
    Object.assign(this, { state, ...more });
    this.dispatchEvent(new Event("change"));
  }

  /** Send no more of it. What has arrived, and is only looked at, goes on. */
  stop() {
    if (this.state === "waiting") this.set("stopped");
    else this.#stopping.abort();
  }

  async run() {
    this.#stopping = new AbortController();
    const { signal } = this.#stopping;
    const onProgress = (progress) => this.set(progress < 1 ? "sending" : "checking", { progress });
    try {
      const image = await withKey((key) => {
        this.set("sending", { progress: 0 });
        return this.#send(key, { onProgress, signal });
      });
      this.set(image.duplicate ? "duplicate" : "stored", { image });
    } catch (error) {
      if (signal.aborted) this.set("stopped");
      else if (error instanceof KeyMissing) this.set("locked", { reason: error.message });
      else if (error instanceof StillPending) this.set("late");
      else if (!(await isReadable(this.file))) this.set("refused", { reason: CHANGED });
      else this.set(error.isTransient ? "failed" : "refused", { reason: error.message });
    }
  }
}

/** To the browser's network code, a file that is not what was chosen is the same as a server that is away. */
const isReadable = (file) => file.slice(0, 1).arrayBuffer().then(() => true, () => false);

export class Queue {
  #waiting = [];
  #locked = [];
  #running = new Set();

  constructor() {
    keyring.addEventListener("change", () => {
      if (keyring.key) this.add(this.#locked.splice(0));
    });
  }

  /** Upload these as soon as it is their turn. Also starts one again that failed, was stopped, or is late. */
  add(jobs) {
    for (const job of jobs) {
      if (job.file.size > MAX_BYTES) {
        job.set("refused", { reason: "A photo may have at most 100 MiB." });
      } else {
        job.set("waiting", { reason: "" });
        this.#locked = this.#locked.filter((each) => each !== job);
        this.#waiting.push(job);
      }
    }
    this.#fill();
  }

  /** Send no more of any. */
  stop() {
    for (const job of [...this.#waiting.splice(0), ...this.#running]) job.stop();
  }

  #fill() {
    while (this.#running.size < AT_ONCE && this.#waiting.length) this.#start(this.#waiting.shift());
  }

  async #start(job) {
    this.#running.add(job);
    await job.run();
    this.#running.delete(job);
    if (job.state === "locked") this.#lock(job);
    this.#fill();
  }

  /** Whoever declined to give a key for one file is not asked for each of the others. */
  #lock(job) {
    const others = this.#waiting.splice(0);
    for (const each of others) each.set("locked", { reason: job.reason });
    this.#locked.push(job, ...others);
  }
}
