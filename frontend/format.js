/** Titles, dates, sizes and counts as text, in the reader's language. */

/** @import { ImageObject } from "./types/api.js" */

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const minute = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
const number = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });
const integer = new Intl.NumberFormat();

/**
 * The title of an image: its caption, or else its file name.
 *
 * @param {Pick<ImageObject, "caption" | "filename">} image
 */
export const titleOf = (image) => image.caption || image.filename || "Untitled";

/**
 * The time when an image was taken, or else uploaded.
 *
 * @param {Pick<ImageObject, "taken_at" | "uploaded_at">} image
 */
export const dateOf = (image) => image.taken_at ?? image.uploaded_at;

/**
 * Show a time of the API in a `<time>` element: the day, or with `exact` also the hour and minute.
 *
 * @param {HTMLTimeElement} element
 * @param {string} time
 * @param {{ exact?: boolean }} [options]
 */
export function fillTime(element, time, { exact = false } = {}) {
  const date = new Date(time);
  element.dateTime = time;
  element.textContent = (exact ? minute : day).format(date);
  element.title = minute.format(date);
}

const UNITS = ["bytes", "KiB", "MiB", "GiB"];

/**
 * A file size: "820 KiB".
 *
 * @param {number} bytes
 */
export function formatBytes(bytes) {
  let power = 0;
  let value = bytes;
  while (value >= 1000 && power < UNITS.length - 1) {
    value /= 1024;
    power += 1;
  }
  return `${number.format(value)} ${UNITS[power]}`;
}

/**
 * A count: "1,204".
 *
 * @param {number} count
 */
export const formatCount = (count) => integer.format(count);

/**
 * A count with its noun: "1 photo", "2 photos".
 *
 * @param {number} count
 * @param {string} singular
 */
export const plural = (count, singular) => `${formatCount(count)} ${singular}${count === 1 ? "" : "s"}`;
