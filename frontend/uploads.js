/** The list of uploads: a row for each file, and what became of them all. */

import { byId, fromTemplate, partsOf, seen } from "./dom.js";
import { formatBytes, plural } from "./format.js";
import { Job, Queue } from "./queue.js";

const rows = byId("queue-rows");
const summary = byId("queue-summary");
const again = byId("queue-again");
const stop = byId("queue-stop");
const clear = byId("queue-clear");

const queue = new Queue();
const jobs = new Map(); // job → its row

const LOOKS = {
  waiting: { icon: "waiting", text: () => "Waiting" },
  sending: { icon: "upload", text: (job) => `Uploading, ${Math.floor(job.progress * 100)} %` },
  checking: { icon: "waiting", text: () => "Checking …" },
  stored: { icon: "done", text: () => "Stored" },
  duplicate: { icon: "same", text: () => "Already here" },
  refused: { icon: "alert", text: (job) => `Refused: ${job.reason}` },
  failed: { icon: "alert", text: (job) => `Failed: ${job.reason}`, again: "Retry" },
  stopped: { icon: "close", text: () => "Stopped", again: "Retry" },
  late: { icon: "waiting", text: () => "Arrived, and still being looked at", again: "Look again" },
  locked: { icon: "key", text: (job) => job.reason, again: "Enter key" },
};

/** Upload the files with these fields; `onStored(image)` for each that is new. */
export function upload(files, fields, onStored) {
  const added = files.map((file) => new Job(file, fields));
  for (const job of added) {
    const row = makeRow(job);
    jobs.set(job, row.element);
    job.addEventListener("change", () => {
      row.show();
      summarise();
      if (job.state === "stored") onStored(job.image);
    });
  }
  rows.append(...added.map((job) => jobs.get(job)));
  byId("queue").hidden = false;
  queue.add(added);
}

/** Is a file still on its way? */
export const isUploading = () => [...jobs.keys()].some((job) => job.isUnderWay);

function makeRow(job) {
  const element = fromTemplate("row-template");
  const parts = partsOf(element);
  parts.name.textContent = job.file.name;
  parts.name.title = job.file.name;
  parts.size.textContent = formatBytes(job.file.size);
  parts.progress.setAttribute("aria-label", `Upload of ${job.file.name}`);
  parts.again.addEventListener("click", () => queue.add([job]));
  preview(job.file, parts.thumb);

  function show() {
    const { icon, text, again } = LOOKS[job.state];
    element.dataset.state = job.state;
    parts.icon.setAttribute("href", `#icon-${icon}`);
    parts.status.textContent = text(job);
    parts.progress.hidden = !["sending", "checking"].includes(job.state);
    // Without a value the bar says "busy": all is sent, and the server is looking at it.
    if (job.state === "checking") parts.progress.removeAttribute("value");
    else parts.progress.value = job.progress;
    parts.again.hidden = !again;
    parts.again.textContent = again ?? "";
    parts.link.hidden = !job.image;
    if (job.image) parts.link.href = `#image=${job.image.id}`;
  }

  show();
  return { element, show };
}

/** The file's picture in place of the icon, unless the browser cannot show it (HEIC, or no image at all). */
async function preview(file, thumb) {
  await seen(thumb); // dozens of photos decoded at once would be hard on a phone
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

function summarise() {
  const states = [...jobs.keys()].map((job) => job.state);
  const count = (...wanted) => states.filter((each) => wanted.includes(each)).length;
  const open = count("waiting", "sending", "checking");
  const outcomes = [
    [count("stored"), "stored"],
    [count("duplicate"), "already here"],
    [count("refused"), "refused"],
    [count("failed"), "failed"],
    [count("stopped"), "stopped"],
    [count("late"), "still being looked at"],
    [count("locked"), "waiting for a key"],
  ];
  const said = outcomes.filter(([number]) => number).map(([number, what]) => `${number} ${what}`);
  const text = open
    ? `Uploading ${plural(states.length, "photo")}, ${states.length - open} done`
    : said.join(", ");
  // A live region speaks whenever it is written to, so it is left alone while it says the same.
  if (summary.textContent !== text) summary.textContent = text;
  clear.hidden = open > 0;
  stop.hidden = open === 0;
  again.hidden = open > 0 || unsent().length < 2; // one alone has a button of its own
}

/** Those that failed in passing, as all do while the network is away, or were stopped. */
const unsent = () => [...jobs.keys()].filter((job) => ["failed", "stopped"].includes(job.state));

stop.addEventListener("click", () => {
  queue.stop();
  byId("choose").focus(); // for the button goes, here and below
});

again.addEventListener("click", () => {
  queue.add(unsent());
  byId("choose").focus();
});

clear.addEventListener("click", () => {
  for (const row of jobs.values()) row.remove();
  jobs.clear();
  byId("queue").hidden = true;
  byId("choose").focus();
});
