/** The effect of the album, the tags and the other fields of a duplicate. Does not use the DOM. */

/** @import { UploadedImage } from "./types/api.js" */

/** @type {Record<string, string>} */
const NAMES = { taken_at: "date", filename: "file name", extra: "other fields" };

/**
 * What the stored image of a duplicate got, and what it keeps. The page sends the name of each file; that the first
 * name stays is not worth a word.
 *
 * @param {Pick<UploadedImage, "filled" | "kept">} image
 */
export function describeDuplicate({ filled = [], kept = [] }) {
  const others = kept.filter((each) => each !== "filename");
  return ["Already stored", listed("added", filled), listed("kept its own", others)].filter(Boolean).join("; ");
}

/**
 * @param {string} what
 * @param {string[]} fields
 */
const listed = (what, fields) => fields.length && `${what} ${fields.map((each) => NAMES[each] ?? each).join(", ")}`;
