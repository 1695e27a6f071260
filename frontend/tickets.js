/** Uploads by ticket: a signed URL, for files that are too large for a request to the functions. */

import * as api from "./api.js";
import { contentTypeOf } from "./contenttypes.js";
import { ApiError, isTransient, StillProcessingError, statusOf } from "./errors.js";

/** @import { Labels, Watch } from "./api.js" */
/** @import { Send } from "./queue.js" */
/** @import { Ticket } from "./types/api.js" */

const FIRST_DELAY = 500;
const MAX_DELAY = 3000;
const POLL_TIMEOUT = 3 * 60_000;

/**
 * The upload of one file by ticket, as a function that can be called again after a failure. It then gets a new ticket,
 * unless the file has arrived: in that case it only polls the state of the ticket.
 *
 * It throws StillProcessingError if the file is not processed in time, and ApiError.
 *
 * @param {File} file
 * @param {Labels} labels
 * @returns {Send}
 */
export function uploadByTicket(file, labels) {
  /** @type {string | null} */
  let received = null; // the ticket with which the file arrived
  return async (key, watch) => {
    received ??= await sendFile(file, labels, key, watch);
    watch.onProgress(1);
    const ticket = await outcome(received, key);
    const { image, state, filled = [], kept = [] } = ticket;
    if (image) return { ...image, duplicate: state === "duplicate", filled, kept };
    received = null;
    throw failure(ticket);
  };
}

/**
 * Send the file; returns the ticket with which it arrived.
 *
 * @param {File} file
 * @param {Labels} labels
 * @param {string} key
 * @param {Watch} watch
 */
async function sendFile(file, labels, key, watch) {
  const type = contentTypeOf(file);
  if (!type) {
    throw new ApiError("The file name has no known image extension. Choose a JPEG, PNG, WebP, GIF, AVIF or HEIC.", 415);
  }
  const description = { ...labels, filename: file.name, content_type: type, bytes: file.size };
  const { ticket, upload } = await api.issueTicket(description, key);
  try {
    await api.put(upload, file, watch);
  } catch (error) {
    if (statusOf(error) === 403) throw tooLate();
    // The object exists: the file had arrived, and the browser sent it again because the answer was lost.
    if (statusOf(error) !== 409 && statusOf(error) !== 412) throw error;
  }
  return ticket;
}

/**
 * The ticket after its file was processed. Polls with growing delays, and continues after network errors.
 *
 * @param {string} id
 * @param {string} key
 */
async function outcome(id, key) {
  const end = Date.now() + POLL_TIMEOUT;
  for (let delay = FIRST_DELAY; ; delay = Math.min(delay * 1.4, MAX_DELAY)) {
    await new Promise((resolve) => setTimeout(resolve, delay));
    const isLast = Date.now() >= end;
    try {
      const ticket = await api.ticket(id, key);
      if (ticket.state !== "pending") return ticket;
    } catch (error) {
      if (isLast || !isTransient(error)) throw error;
    }
    if (isLast) throw new StillProcessingError();
  }
}

/**
 * Why the upload of a processed ticket has no image.
 *
 * @param {Ticket} ticket
 */
function failure({ state, problem }) {
  if (problem) return ApiError.fromResponse(problem.status, problem);
  return state === "expired" ? tooLate() : new ApiError("The photo was deleted after the upload.", 404);
}

/** Has the status of a timeout, because another attempt gets a new ticket. */
const tooLate = () => new ApiError("The file did not arrive in time. Try again.", 408);
