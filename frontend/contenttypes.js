/** The content types that the service takes, and what a file's name says of its own. */

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
const TAKEN = new Set([...BY_EXTENSION.values(), "image/jpg"]);

const byName = (name) => BY_EXTENSION.get(/\.([^.]+)$/.exec(name)?.[1].toLowerCase());

/** Does the file's name say that it is an image? */
export const isImageName = (name) => byName(name) !== undefined;

/**
 * The file's content type, as the browser says, or else its name; undefined when neither speaks of an image.
 *
 * Chromium has never heard of HEIC.
 */
export const contentTypeOf = (file) => (TAKEN.has(file.type) ? file.type : byName(file.name));
