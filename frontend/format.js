/** Titles, dates, sizes and counts as text, in the reader's language. */

/** @import { ImageObject } from "./types/api.js" */

/** @type {Intl.DateTimeFormatOptions} */
const DAY = { dateStyle: "medium" };
/** @type {Intl.DateTimeFormatOptions} */
const MINUTE = { dateStyle: "long", timeStyle: "short" };

/** For moments, in the time zone of the reader. */
const local = { day: new Intl.DateTimeFormat(undefined, DAY), minute: new Intl.DateTimeFormat(undefined, MINUTE) };
/** For what a clock showed, which is formatted as if it were in UTC. */
const clock = {
  day: new Intl.DateTimeFormat(undefined, { ...DAY, timeZone: "UTC" }),
  minute: new Intl.DateTimeFormat(undefined, { ...MINUTE, timeZone: "UTC" }),
};
const number = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });
const integer = new Intl.NumberFormat();

/**
 * The title of an image: its caption, or else its file name.
 *
 * @param {Pick<ImageObject, "caption" | "filename">} image
 */
export const titleOf = (image) => image.caption || image.filename || "Untitled";

/**
 * Show a moment of the API in a `<time>` element, in the reader's time zone: the day, or with `exact` also the hour and
 * minute.
 *
 * @param {HTMLTimeElement} element
 * @param {string} time
 * @param {{ exact?: boolean }} [options]
 */
export const fillTime = (element, time, options) => fill(element, time, new Date(time), local, options);

/**
 * Show the time on a camera's clock in a `<time>` element. It is the same in every time zone of a reader.
 *
 * @param {HTMLTimeElement} element
 * @param {string} time YYYY-MM-DDThh:mm:ss, with or without an offset
 * @param {{ exact?: boolean }} [options]
 */
export const fillClockTime = (element, time, options) =>
  fill(element, time, new Date(`${time.slice(0, "YYYY-MM-DDThh:mm:ss".length)}Z`), clock, options);

/**
 * Show the day when an image was taken, or else uploaded.
 *
 * @param {HTMLTimeElement} element
 * @param {Pick<ImageObject, "taken_at" | "uploaded_at">} image
 */
export function fillDay(element, image) {
  if (image.taken_at) fillClockTime(element, image.taken_at);
  else fillTime(element, image.uploaded_at);
}

/**
 * @param {HTMLTimeElement} element
 * @param {string} time
 * @param {Date} date
 * @param {{ day: Intl.DateTimeFormat, minute: Intl.DateTimeFormat }} formats
 * @param {{ exact?: boolean }} [options]
 */
function fill(element, time, date, { day, minute }, { exact = false } = {}) {
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
