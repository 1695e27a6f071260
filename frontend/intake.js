/** The ways by which files get into the page: the button, drag and drop anywhere, the clipboard. */

import { isImageName } from "./contenttypes.js";
import { byId } from "./dom.js";

/** Call `take(files)` whenever files come in. */
export function setUpIntake(take) {
  const some = (files) => files.length && take(files);
  setUpButton(some);
  setUpDrop(some);
  setUpPaste(some);
}

function setUpButton(take) {
  const input = byId("files");
  byId("choose").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = ""; // or choosing the same file again would be no change
  });
}

function setUpDrop(take) {
  const veil = byId("drop-veil");
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const isBehindDialog = () => document.querySelector("dialog[open]") !== null;

  addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault(); // a drop that is not taken would open the file in place of the page
    if (isBehindDialog()) event.dataTransfer.dropEffect = "none";
    else veil.hidden = false;
  });
  // The veil covers everything, so what leaves it leaves the window.
  veil.addEventListener("dragleave", () => (veil.hidden = true));
  addEventListener("drop", async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    veil.hidden = true;
    if (!isBehindDialog()) take(await droppedFiles(event.dataTransfer));
  });
}

function setUpPaste(take) {
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length && !document.querySelector("dialog[open]")) {
      event.preventDefault();
      take(files);
    }
  });
}

/** The files of a drop; of a folder, the images that it holds. */
async function droppedFiles(transfer) {
  // Both lists have to be read at once: they are empty as soon as the event is over.
  const plain = [...transfer.files];
  const entries = [...transfer.items].map((each) => each.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((each) => each.isDirectory)) return plain;
  const found = await Promise.all(entries.map((each) => (each.isDirectory ? imagesIn(each) : [fileOf(each)])));
  return Promise.all(found.flat());
}

async function imagesIn(folder) {
  const reader = folder.createReader();
  const entries = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // at most 100 at a time
    if (!some.length) break;
    entries.push(...some);
  }
  const found = entries.map((each) => {
    if (each.isDirectory) return imagesIn(each);
    return isImageName(each.name) ? [fileOf(each)] : [];
  });
  return (await Promise.all(found)).flat();
}

const fileOf = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));
