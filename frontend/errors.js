/** The errors that the page distinguishes. Their messages are text for the user. */

/** @import { Problem } from "./types/api.js" */

/** A call to the API failed. */
export class ApiError extends Error {
  /**
   * @param {string} message
   * @param {number} [status] the HTTP status, or 0 if there was no response
   */
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }

  /** Can the same call succeed later? */
  get isTransient() {
    return [0, 408, 409, 429].includes(this.status) || this.status >= 500;
  }

  static offline() {
    return new ApiError("The server cannot be reached. Check your connection.");
  }

  /**
   * @param {number} status
   * @param {Partial<Problem> | null} [body] the parsed JSON; without `detail` if it comes from a proxy
   */
  static fromResponse(status, body) {
    return new ApiError(body?.detail ?? `The server answered with status ${status}.`, status);
  }
}

/** The user was asked for an API key and did not enter one. */
export class KeyMissingError extends Error {
  constructor() {
    super("Needs an API key");
  }
}

/** An uploaded file has arrived, but the repository has not finished with it. */
export class StillProcessingError extends Error {
  constructor() {
    super("Received, still processing");
  }
}

/**
 * The HTTP status of a failed call; undefined for any other error.
 *
 * @param {unknown} error
 */
export const statusOf = (error) => (error instanceof ApiError ? error.status : undefined);

/**
 * Can the same call succeed later?
 *
 * @param {unknown} error
 */
export const isTransient = (error) => error instanceof ApiError && error.isTransient;

/** @param {unknown} error */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));
