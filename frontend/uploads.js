/** The list of uploads: a row for each file, and a summary. */

import * as api from "./api.js";
import { byId, fromTemplate, nearViewport, part } from "./dom.js";
import { formatBytes, plural } from "./format.js";
import { keyring, withKey } from "./keydialog.js";
import { Job, Queue } from "./queue.js";
import { uploadByTicket } from "./tickets.js";
import { describeDuplicate } from "./words.js";

/** @import { Labels } from "./api.js" */
/** @import { JobState, Send } from "./queue.js" */
/** @import { ImageObject } from "./types/api.js" */

/** The largest file that fits into a request to the functions. Larger files need a ticket. */
const MAX_REQUEST_BYTES = 30 * 1024 * 1024;

const rows = byId("queue-rows", HTMLElement);
const summary = byId("queue-summary", HTMLElement);
const retryAllButton = byId("queue-retry", HTMLButtonElement);
const stopButton = byId("queue-stop", HTMLButtonElement);
const clearButton = byId("queue-clear", HTMLButtonElement);

const queue = new Queue(keyring);
/** @type {Map<Job, HTMLElement>} */
const rowOf = new Map();

/**
 * How a row shows each state: its icon, its text, and the label of the button that adds the job to the queue again.
 *
 * @type {Record<JobState, { icon: string, text: (job: Job) => string, retry?: string }>}
 */
const STATES = {
  waiting: { icon: "waiting", text: () => "Waiting" },
  sending: { icon: "upload", text: (job) => `Uploading, ${Math.floor(job.progress * 100)} %` },
  checking: { icon: "waiting", text: () => "Processing …" },
  stored: { icon: "done", text: () => "Stored" },
  duplicate: { icon: "same", text: (job) => describeDuplicate(job.image ?? {}) },
  refused: { icon: "alert", text: (job) => `Refused: ${job.reason}` },
  failed: { icon: "alert", text: (job) => `Failed: ${job.reason}`, retry: "Retry" },
  stopped: { icon: "close", text: () => "Stopped", retry: "Retry" },
  late: { icon: "waiting", text: (job) => job.reason, retry: "Check again" },
  locked: { icon: "key", text: (job) => job.reason, retry: "Enter key" },
};

/**
 * Upload files with the same labels.
 *
 * @param {File[]} files
 * @param {Labels} labels
 * @param {(image: ImageObject) => void} onStored called for each new image, but not for duplicates
 * @param {(image: ImageObject) => void} onFilled called for each image that got words from a duplicate
 */
export function upload(files, labels, onStored, onFilled) {
  const jobs = files.map((file) => new Job(file, senderFor(file, labels), withKey));
  for (const job of jobs) {
    const { row, update } = makeRow(job);
    rowOf.set(job, row);
    rows.append(row);
    job.addEventListener("change", () => {
      update();
      showSummary();
      if (job.state === "stored" && job.image) onStored(job.image);
      if (job.state === "duplicate" && job.image?.filled?.length) onFilled(job.image);
    });
  }
  byId("queue", HTMLElement).hidden = false;
  queue.add(jobs);
}

/** Is a file still being uploaded? */
export const isUploading = () => [...rowOf.keys()].some((job) => job.isActive);

/**
 * @param {File} file
 * @param {Labels} labels
 * @returns {Send}
 */
function senderFor(file, labels) {
  if (file.size > MAX_REQUEST_BYTES) return uploadByTicket(file, labels);
  return (key, watch) => api.upload(file, labels, key, watch);
}

/**
 * The row of a job, and a function that shows the job's state in it.
 *
 * @param {Job} job
 */
function makeRow(job) {
  const { name, size } = job.file;
  const row = fromTemplate("row-template");
  const nameElement = part(row, "name", HTMLElement);
  const progress = part(row, "progress", HTMLProgressElement);
  const retryButton = part(row, "retry", HTMLButtonElement);
  nameElement.textContent = nameElement.title = name;
  part(row, "size", HTMLElement).textContent = formatBytes(size);
  progress.setAttribute("aria-label", `Upload of ${name}`);
  retryButton.addEventListener("click", () => queue.add([job]));
  showPreview(job.file, part(row, "thumb", HTMLElement));

  function update() {
    const { icon, text, retry } = STATES[job.state];
    row.dataset.state = job.state;
    part(row, "icon", SVGUseElement).setAttribute("href", `#icon-${icon}`);
    part(row, "status", HTMLElement).textContent = text(job);
    showProgress(progress, job);
    retryButton.hidden = !retry;
    retryButton.textContent = retry ?? "";
    if (job.image) showLink(part(row, "link", HTMLAnchorElement), job.image);
  }

  update();
  return { row, update };
}

/**
 * @param {HTMLProgressElement} progress
 * @param {Job} job
 */
function showProgress(progress, job) {
  progress.hidden = !["sending", "checking"].includes(job.state);
  // A progress bar without a value shows that the server is busy.
  if (job.state === "checking") progress.removeAttribute("value");
  else progress.value = job.progress;
}

/**
 * @param {HTMLAnchorElement} link
 * @param {ImageObject} image
 */
function showLink(link, image) {
  link.href = `#image=${image.id}`;
  link.hidden = false;
}

/**
 * Show the file's picture in place of the icon, if the browser can display it. Many browsers cannot display HEIC.
 *
 * @param {File} file
 * @param {HTMLElement} thumb
 */
async function showPreview(file, thumb) {
  await nearViewport(thumb); // a phone cannot decode dozens of photos at once
  const url = URL.createObjectURL(file);
  const picture = new Image();
  picture.alt = "";
  picture.decoding = "async";
  picture.onload = () => {
    thumb.replaceChildren(picture);
    URL.revokeObjectURL(url);
  };
  picture.onerror = () => URL.revokeObjectURL(url);
  picture.src = url;
}

function showSummary() {
  const states = [...rowOf.keys()].map((job) => job.state);
  /** @param {JobState[]} wanted */
  const count = (...wanted) => states.filter((each) => wanted.includes(each)).length;
  const active = count("waiting", "sending", "checking");
  const text = active
    ? `Uploading ${plural(states.length, "photo")}, ${states.length - active} finished`
    : describe(count);
  // A screen reader reads the summary each time it is written, so write only a new text.
  if (summary.textContent !== text) summary.textContent = text;
  clearButton.hidden = active > 0;
  stopButton.hidden = active === 0;
  retryAllButton.hidden = active > 0 || retryable().length < 2; // a single one has its own button
}

/** @param {(state: JobState) => number} count */
function describe(count) {
  const outcomes = [
    `${count("stored")} stored`,
    `${count("duplicate")} already stored`,
    `${count("refused")} refused`,
    `${count("failed")} failed`,
    `${count("stopped")} stopped`,
    `${count("late")} still processing`,
    `${count("locked")} waiting for a key`,
  ];
  return outcomes.filter((each) => !each.startsWith("0 ")).join(", ");
}

/** The jobs that were stopped, or failed for a temporary reason such as the network. */
const retryable = () => [...rowOf.keys()].filter((job) => ["failed", "stopped"].includes(job.state));

// These buttons hide themselves, so each moves the focus to a button that stays.
const focusChooseButton = () => byId("choose", HTMLButtonElement).focus();

stopButton.addEventListener("click", () => {
  queue.stop();
  focusChooseButton();
});

retryAllButton.addEventListener("click", () => {
  queue.add(retryable());
  focusChooseButton();
});

clearButton.addEventListener("click", () => {
  for (const row of rowOf.values()) row.remove();
  rowOf.clear();
  byId("queue", HTMLElement).hidden = true;
  focusChooseButton();
});
