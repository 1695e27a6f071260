/** The ways by which files get into the page: the button, drag and drop anywhere, the clipboard. */

import { isImageName } from "./contenttypes.js";
import { announce, byId } from "./dom.js";
import { plural } from "./format.js";

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
    if (isBehindDialog()) return;
    const { files, unread } = await droppedFiles(event.dataTransfer);
    take(files);
    if (unread) announce(`${plural(unread, "file")} could not be read.`);
    else if (!files.length) announce("There are no photos in it.");
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

/** The files of a drop, of a folder the images that it holds; and how many could not be read. */
async function droppedFiles(transfer) {
  // Both lists have to be read at once: they are empty as soon as the event is over.
  const plain = [...transfer.files];
  const entries = [...transfer.items].map((each) => each.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.some((each) => each.isDirectory)) return { files: plain, unread: 0 };
  const found = (await Promise.all(entries.map((each) => (each.isDirectory ? imagesIn(each) : fileOf(each))))).flat();
  const files = found.filter((each) => each !== UNREAD);
  return { files, unread: found.length - files.length };
}

/** Stands for a file, or a folder, that cannot be read: the others are not to be kept back by it. */
const UNREAD = null;

async function imagesIn(folder) {
  const reader = folder.createReader();
  const entries = [];
  for (;;) {
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve(UNREAD))); // 100 at most
    if (some === UNREAD) return [UNREAD];
    if (!some.length) break;
    entries.push(...some);
  }
  const visible = entries.filter((each) => !each.name.startsWith(".")); // macOS puts a "._photo.jpg" beside a photo
  const found = visible.map((each) => {
    if (each.isDirectory) return imagesIn(each);
    return isImageName(each.name) ? fileOf(each) : [];
  });
  return (await Promise.all(found)).flat();
}

const fileOf = (entry) => new Promise((resolve) => entry.file(resolve, () => resolve(UNREAD)));
