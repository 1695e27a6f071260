/** How things are said: names, dates, sizes. */

const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
const number = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat();

/** What an image is called: its caption, else its file's name. */
export const titleOf = (image) => image.caption || image.filename || "Untitled";

/** When an image is from: when it was taken, else when it was uploaded. */
export const dateOf = (image) => image.taken_at ?? image.uploaded_at;

/** Put a time of the API into a `<time>`, in the reader's language; to the minute if `exact`. */
export function fillTime(element, time, { exact = false } = {}) {
  const date = new Date(time);
  element.dateTime = time;
  element.textContent = (exact ? moment : day).format(date);
  element.title = moment.format(date);
}

/** A file's size: "820 KiB". */
export function formatBytes(bytes) {
  const units = ["bytes", "KiB", "MiB", "GiB"];
  let power = 0;
  let value = bytes;
  while (value >= 1000 && power < units.length - 1) {
    value /= 1024;
    power += 1;
  }
  return `${number.format(value)} ${units[power]}`;
}

/** How many: "1,204". */
export const formatCount = (count) => whole.format(count);

/** "1 photo", "2 photos". */
export const plural = (count, one, many = `${one}s`) => `${formatCount(count)} ${count === 1 ? one : many}`;
