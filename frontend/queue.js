/** The upload queue: a few files at a time, and none without an API key. Does not use the DOM. */

import { isTransient, KeyMissingError, messageOf, StillProcessingError } from "./errors.js";

/** @import { Watch } from "./api.js" */
/** @import { UploadedImage } from "./types/api.js" */

const AT_ONCE = 3;
const MAX_BYTES = 100 * 1024 * 1024;
const TOO_LARGE = "The file is larger than 100 MiB. Choose a smaller one.";
const CHANGED = "The file was changed or removed after you chose it. Choose it again.";

/**
 * The state of a job:
 *
 * - waiting: not started
 * - sending: `progress` is its share, 0 to 1
 * - checking: sent, and waiting for the answer
 * - stored, duplicate: finished, with an `image`
 * - refused: failed permanently, with a `reason`
 * - failed, stopped: can be tried again
 * - late: received, but not processed in time; can be asked for again
 * - locked: needs an API key
 *
 * @typedef {"waiting" | "sending" | "checking" | "stored" | "duplicate" | "refused" | "failed" | "stopped" | "late"
 *   | "locked"} JobState
 */

/**
 * Upload one file. After a failure it can be called again.
 *
 * @typedef {(key: string, watch: Watch) => Promise<UploadedImage>} Send
 */

/**
 * Call the action with a key; throws KeyMissingError if there is none.
 *
 * @typedef {<T>(action: (key: string) => Promise<T>) => Promise<T>} WithKey
 */

/** The upload of one file. Fires `change` when its state or progress changes. */
export class Job extends EventTarget {
  #send;
  #withKey;
  #abort = new AbortController();
  /** @type {JobState} */
  state = "waiting";
  progress = 0;
  /** Why the job was refused, failed or is locked. */
  reason = "";
  /** @type {UploadedImage | null} */
  image = null;

  /**
   * @param {File} file
   * @param {Send} send
   * @param {WithKey} withKey
   */
  constructor(file, send, withKey) {
    super();
    this.file = file;
    this.#send = send;
    this.#withKey = withKey;
  }

  /** Is the job waiting or under way? */
  get isActive() {
    return ["waiting", "sending", "checking"].includes(this.state);
  }

  /**
   * @param {JobState} state
   * @param {Partial<Pick<Job, "progress" | "reason" | "image">>} [changes]
   */
  set(state, changes = {}) {
    Object.assign(this, { state, ...changes });
    this.dispatchEvent(new Event("change"));
  }

  /** Stop sending. A file that has arrived completely is still processed. */
  stop() {
    if (this.state === "waiting") this.set("stopped");
    else this.#abort.abort();
  }

  async run() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    /** @param {number} progress */
    const onProgress = (progress) => this.set(progress < 1 ? "sending" : "checking", { progress });
    try {
      const image = await this.#withKey((key) => {
        this.set("sending", { progress: 0 });
        return this.#send(key, { onProgress, signal });
      });
      this.set(image.duplicate ? "duplicate" : "stored", { image });
    } catch (error) {
      if (signal.aborted) this.set("stopped");
      else await this.#fail(error);
    }
  }

  /** @param {unknown} error */
  async #fail(error) {
    const reason = messageOf(error);
    if (error instanceof KeyMissingError) this.set("locked", { reason });
    else if (error instanceof StillProcessingError) this.set("late", { reason });
    else if (!(await isReadable(this.file))) this.set("refused", { reason: CHANGED });
    else this.set(isTransient(error) ? "failed" : "refused", { reason });
  }
}

/**
 * Does the file still have the content that was chosen? If not, the browser reports only a network error.
 *
 * @param {File} file
 */
async function isReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

export class Queue {
  /** @type {Job[]} */
  #waiting = [];
  /** @type {Job[]} */
  #locked = [];
  /** @type {Set<Job>} */
  #running = new Set();

  /** @param {EventTarget & { readonly key: string | null }} keyring fires `change` when the key changes */
  constructor(keyring) {
    keyring.addEventListener("change", () => {
      if (keyring.key) this.add(this.#locked.splice(0));
    });
  }

  /**
   * Add jobs to the end of the queue: new ones, and those that failed, were stopped, or are late or locked.
   *
   * @param {Job[]} jobs
   */
  add(jobs) {
    for (const job of jobs) {
      if (job.file.size > MAX_BYTES) {
        job.set("refused", { reason: TOO_LARGE });
      } else {
        job.set("waiting", { reason: "" });
        this.#locked = this.#locked.filter((each) => each !== job);
        this.#waiting.push(job);
      }
    }
    this.#fill();
  }

  /** Stop all jobs. */
  stop() {
    for (const job of [...this.#waiting.splice(0), ...this.#running]) job.stop();
  }

  #fill() {
    while (this.#running.size < AT_ONCE) {
      const job = this.#waiting.shift();
      if (!job) return;
      this.#start(job);
    }
  }

  /** @param {Job} job */
  async #start(job) {
    this.#running.add(job);
    await job.run();
    this.#running.delete(job);
    if (job.state === "locked") this.#lock(job);
    this.#fill();
  }

  /**
   * The user did not enter a key: do not ask again for each waiting file.
   *
   * @param {Job} job
   */
  #lock(job) {
    const others = this.#waiting.splice(0);
    for (const each of others) each.set("locked", { reason: job.reason });
    this.#locked.push(job, ...others);
  }
}
