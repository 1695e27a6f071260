/** The HTTP API of the image repository: one function for each call. Each throws `ApiError` if the call fails. */

import { ApiError } from "./errors.js";

/** @import { ImageDetails, ImageObject, IssuedTicket, Page, SignedUpload, Stats, Ticket, UploadedImage } from "./types/api.js" */

/**
 * Album and tags of an upload.
 *
 * @typedef {{ album?: string, tags?: string }} Labels
 */

/**
 * The fields that the editor can change; null removes one.
 *
 * @typedef {Partial<Record<"caption" | "album" | "tags", string | null>>} Changes
 */

/**
 * Reports the progress of an upload (0 to 1), and can stop it.
 *
 * @typedef {{ onProgress: (share: number) => void, signal: AbortSignal }} Watch
 */

/** @type {HTMLMetaElement | null} */
const setting = document.querySelector('meta[name="image-repo-api"]');
const base = (setting?.content ?? "").trim().replace(/\/+$/, "");

/** Milliseconds without progress after which an upload is aborted. The service itself ends a request after 120 s. */
const STALL_TIMEOUT = 150_000;

/**
 * One page of images, newest first.
 *
 * @param {{ limit: number, pageToken?: string | null, key?: string }} options
 * @returns {Promise<Page>}
 */
export const list = ({ limit, pageToken, key }) =>
  call("GET", `/list?${query({ limit, page_token: pageToken })}`, { key });

/**
 * One image, with its metadata.
 *
 * @param {string} id
 * @returns {Promise<ImageDetails>}
 */
export const details = (id) => call("GET", `/fetch/${encodeURIComponent(id)}/details`);

/**
 * Change fields of an image; returns the changed image.
 *
 * @param {string} id
 * @param {Changes} changes
 * @param {string} key
 * @returns {Promise<ImageObject>}
 */
export const update = (id, changes, key) => call("PATCH", `/update/${encodeURIComponent(id)}`, { key, json: changes });

/**
 * Delete an image permanently.
 *
 * @param {string} id
 * @param {string} key
 * @returns {Promise<null>}
 */
export const remove = (id, key) => call("DELETE", `/delete/${encodeURIComponent(id)}`, { key });

/**
 * Upload one file in a request; returns the stored image, or its duplicate.
 *
 * @param {File} file
 * @param {Labels} labels
 * @param {string} key
 * @param {Watch} watch
 * @returns {Promise<UploadedImage>}
 */
export async function upload(file, labels, key, watch) {
  const form = new FormData();
  for (const [name, value] of Object.entries(labels)) form.append(name, value);
  form.append("image", file, file.name);
  const { status, response } = await send("POST", `${base}/upload`, { "X-API-Key": key }, form, watch);
  if (status >= 300 || response === null) throw ApiError.fromResponse(status, response);
  return response;
}

/**
 * Get an upload ticket: a signed URL, to which one file can be uploaded past the functions.
 *
 * @param {Labels & { filename: string, content_type: string, bytes: number }} description
 * @param {string} key
 * @returns {Promise<IssuedTicket>}
 */
export const issueTicket = (description, key) => call("POST", "/upload/tickets", { key, json: description });

/**
 * Upload a file to the signed URL of a ticket.
 *
 * @param {SignedUpload} signed
 * @param {File} file
 * @param {Watch} watch
 */
export async function put({ method, url, headers }, file, watch) {
  const { status, response } = await send(method, url, headers, file, watch);
  if (status >= 300) throw ApiError.fromResponse(status, response);
}

/**
 * The state of a ticket.
 *
 * @param {string} id
 * @param {string} key
 * @returns {Promise<Ticket>}
 */
export const ticket = (id, key) => call("GET", `/upload/tickets/${encodeURIComponent(id)}`, { key, timeout: 20_000 });

/**
 * The statistics of the repository, with its `limit` most viewed images.
 *
 * @param {number} limit
 * @param {string} key
 * @returns {Promise<Stats>}
 */
export const stats = (limit, key) => call("GET", `/stats?${query({ limit })}`, { key });

/**
 * Send a request with XMLHttpRequest, because `fetch` does not report how much of a body it has sent.
 *
 * @param {string} method
 * @param {string} url
 * @param {Record<string, string>} headers
 * @param {FormData | File} body
 * @param {Watch} watch
 * @returns {Promise<XMLHttpRequest>} the finished request; its `response` is parsed JSON, or null
 */
function send(method, url, headers, body, { onProgress, signal }) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    let stallTimer = setTimeout(abort, STALL_TIMEOUT);
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.onprogress = (event) => {
      clearTimeout(stallTimer);
      stallTimer = setTimeout(abort, STALL_TIMEOUT);
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onerror = request.onabort = () => reject(ApiError.offline());
    request.onload = () => resolve(request);
    request.onloadend = () => {
      clearTimeout(stallTimer);
      signal.removeEventListener("abort", abort);
    };
    signal.addEventListener("abort", abort);
    request.send(body);
  });
}

/**
 * Call the API with `fetch`.
 *
 * The result is not validated: the caller names its type, and docs/api.md guarantees it.
 *
 * @template T
 * @param {string} method
 * @param {string} path
 * @param {{ key?: string | undefined, json?: object, timeout?: number }} [options] `timeout` in milliseconds, for
 *   calls that are repeated anyway
 * @returns {Promise<T>}
 */
async function call(method, path, { key, json, timeout } = {}) {
  /** @type {Record<string, string>} */
  const headers = {};
  if (key) headers["X-API-Key"] = key;
  if (json) headers["Content-Type"] = "application/json";
  const body = json ? JSON.stringify(json) : null;
  const signal = timeout ? AbortSignal.timeout(timeout) : null;
  const response = await fetch(base + path, { method, headers, body, signal }).catch(() => {
    throw ApiError.offline();
  });
  const result = response.status === 204 ? null : await response.json().catch(() => undefined);
  if (!response.ok || result === undefined) throw ApiError.fromResponse(response.status, result);
  return result;
}

/** @param {Record<string, string | number | null | undefined>} values */
function query(values) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined) parameters.set(name, String(value));
  }
  return parameters;
}
