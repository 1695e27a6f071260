/** The ways to add files: the button, drag and drop anywhere on the page, and the clipboard. */

import { isImageName } from "./contenttypes.js";
import { announce, byId } from "./dom.js";
import { plural } from "./format.js";

/** @typedef {(files: File[]) => void} OnFiles */

/**
 * Call `onFiles` with the files that the user adds.
 *
 * @param {OnFiles} onFiles
 */
export function setUpFilePicker(onFiles) {
  /** @type {OnFiles} */
  const add = (files) => {
    if (files.length > 0) onFiles(files);
  };
  setUpButton(add);
  setUpDrop(add);
  setUpPaste(add);
}

/** @param {OnFiles} add */
function setUpButton(add) {
  const input = byId("files", HTMLInputElement);
  byId("choose", HTMLButtonElement).addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    add([...(input.files ?? [])]);
    input.value = ""; // otherwise the same file could not be chosen again
  });
}

/** @param {OnFiles} add */
function setUpDrop(add) {
  const overlay = byId("drop-overlay", HTMLElement);

  addEventListener("dragover", (event) => {
    const transfer = transferOfFiles(event);
    if (!transfer) return;
    event.preventDefault(); // otherwise the browser would open the dropped file in place of the page
    if (isDialogOpen()) transfer.dropEffect = "none";
    else overlay.hidden = false;
  });
  // The overlay covers the window, so a drag that leaves it leaves the window.
  overlay.addEventListener("dragleave", () => {
    overlay.hidden = true;
  });
  addEventListener("drop", async (event) => {
    const transfer = transferOfFiles(event);
    if (!transfer) return;
    event.preventDefault();
    overlay.hidden = true;
    if (isDialogOpen()) return;
    const { files, unreadable } = await droppedFiles(transfer);
    add(files);
    if (unreadable > 0) announce(`${plural(unreadable, "file")} could not be read.`);
    else if (files.length === 0) announce("The folder contains no photos.");
  });
}

/** @param {OnFiles} add */
function setUpPaste(add) {
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0 && !isDialogOpen()) {
      event.preventDefault();
      add(files);
    }
  });
}

const isDialogOpen = () => document.querySelector("dialog[open]") !== null;

/**
 * The data of a drag event that carries files; null if it carries none.
 *
 * @param {DragEvent} event
 */
const transferOfFiles = ({ dataTransfer }) => (dataTransfer?.types.includes("Files") ? dataTransfer : null);

/**
 * The dropped files, of a folder all images in it, and the number of files and folders that could not be read.
 *
 * @param {DataTransfer} transfer
 */
async function droppedFiles(transfer) {
  // Both lists are empty after the event, so read them before the first `await`.
  const plainFiles = [...transfer.files];
  const entries = [...transfer.items].map((each) => each.webkitGetAsEntry()).filter((each) => each !== null);
  if (!entries.some(isDirectory)) return { files: plainFiles, unreadable: 0 };
  const read = entries.map((each) => (isDirectory(each) ? imagesIn(each) : fileOf(each)));
  const found = (await Promise.all(read)).flat();
  const files = found.filter((each) => each !== null);
  return { files, unreadable: found.length - files.length };
}

/**
 * The images in a folder and its subfolders. A file or folder that cannot be read is null, so that the others are kept.
 *
 * @param {FileSystemDirectoryEntry} folder
 * @returns {Promise<(File | null)[]>}
 */
async function imagesIn(folder) {
  const entries = await entriesOf(folder);
  if (entries === null) return [null];
  const visible = entries.filter((each) => !each.name.startsWith(".")); // macOS adds a "._photo.jpg" to each photo
  const read = visible.map((each) => {
    if (isDirectory(each)) return imagesIn(each);
    return isImageName(each.name) ? fileOf(each) : [];
  });
  return (await Promise.all(read)).flat();
}

/**
 * All entries of a folder; null if it cannot be read.
 *
 * @param {FileSystemDirectoryEntry} folder
 */
async function entriesOf(folder) {
  const reader = folder.createReader();
  const entries = [];
  for (;;) {
    /** @type {FileSystemEntry[] | null} */
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve(null))); // at most 100
    if (some === null) return null;
    if (some.length === 0) return entries;
    entries.push(...some);
  }
}

/**
 * The file of an entry; null if it cannot be read.
 *
 * @param {FileSystemEntry} entry
 * @returns {Promise<File | null>}
 */
const fileOf = (entry) =>
  new Promise((resolve) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, () => resolve(null)));

/**
 * @param {FileSystemEntry} entry
 * @returns {entry is FileSystemDirectoryEntry}
 */
const isDirectory = (entry) => entry.isDirectory;
