/** The content types that the service accepts, and the one that a file name stands for. */

const BY_EXTENSION = new Map([
  ["jpg", "image/jpeg"],
  ["jpeg", "image/jpeg"],
  ["png", "image/png"],
  ["webp", "image/webp"],
  ["gif", "image/gif"],
  ["avif", "image/avif"],
  ["heic", "image/heic"],
  ["heif", "image/heif"],
]);
const ACCEPTED = new Set([...BY_EXTENSION.values(), "image/jpg"]);

/** @param {string} name */
const typeOfName = (name) => BY_EXTENSION.get(/\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "");

/**
 * Does the file name have the extension of an accepted format?
 *
 * @param {string} name
 */
export const isImageName = (name) => typeOfName(name) !== undefined;

/**
 * The content type of a file according to the browser, or else to the file's name; undefined if neither is accepted.
 *
 * Chromium does not know the type of HEIC files.
 *
 * @param {Pick<File, "type" | "name">} file
 */
export const contentTypeOf = (file) => (ACCEPTED.has(file.type) ? file.type : typeOfName(file.name));
