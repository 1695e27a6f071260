/** The way into the repository past the functions, by ticket: for files that are too large for a request. */

import * as api from "./api.js";
import { contentTypeOf } from "./contenttypes.js";

const FIRST_DELAY = 500;
const LONGEST_DELAY = 3_000;
const PATIENCE = 3 * 60_000;

/** The file has arrived, but nobody has said yet what became of it. */
export class StillPending extends Error {}

/**
 * An upload of one file: `send(key, watch)`, the image and the watch as `api.upload` has them.
 *
 * After a failure it may be called again: what has not arrived takes a new ticket, what has is only asked after.
 *
 * Throws StillPending when it takes too long, and ApiError.
 */
export function byTicket(file, fields) {
  let arrived = null; // the ticket that the file has arrived by
  return async (key, watch) => {
    arrived ??= await deliver(file, fields, key, watch);
    watch.onProgress(1);
    const { state, image, problem } = await outcome(arrived, key);
    if (image) return { ...image, duplicate: state === "duplicate" };
    arrived = null;
    if (problem) throw api.ApiError.from(problem.status, problem);
    throw state === "expired" ? tooLate() : new api.ApiError("It was deleted meanwhile.", { status: 404 });
  };
}

/** Send the file; the ticket that it has arrived by. */
async function deliver(file, fields, key, watch) {
  const type = contentTypeOf(file);
  if (!type) {
    const reason = "By its name this is no photo in a format we take: JPEG, PNG, WebP, GIF, AVIF or HEIC.";
    throw new api.ApiError(reason, { status: 415 });
  }
  const wanted = { ...fields, filename: file.name, content_type: type, bytes: file.size };
  const { ticket, upload } = await api.issueTicket(wanted, key);
  try {
    await api.put(upload, file, watch);
  } catch (error) {
    if (error.status === 403) throw tooLate();
    // Of that name there is an object already: it had arrived, and the browser sent it again when the answer was lost.
    if (![409, 412].includes(error.status)) throw error;
  }
  return ticket;
}

/** What became of it, once anybody knows: asked for less and less often, and through gaps of the network. */
async function outcome(ticket, key) {
  const end = Date.now() + PATIENCE;
  for (let delay = FIRST_DELAY; ; delay = Math.min(delay * 1.4, LONGEST_DELAY)) {
    await new Promise((resolve) => setTimeout(resolve, delay));
    const isLast = Date.now() >= end;
    try {
      const found = await api.ticket(ticket, key);
      if (found.state !== "pending") return found;
      if (isLast) throw new StillPending();
    } catch (error) {
      if (isLast || !error.isTransient) throw error;
    }
  }
}

/** As a timeout, for a new ticket may well do. */
const tooLate = () => new api.ApiError("The file did not arrive in time.", { status: 408 });
