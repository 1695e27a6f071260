/** The API of the image repository: one function for each call, one error for all that may go wrong. */

const base = document.querySelector('meta[name="image-repo-api"]').content.trim().replace(/\/+$/, "");

/** Milliseconds without a sign of life after which a file on its way is given up: the service itself ends within 120 s. */
const STALLED = 150_000;

/** A call that failed. `status` is 0 when there was no answer; the message is for people. */
export class ApiError extends Error {
  constructor(message, { status = 0 } = {}) {
    super(message);
    this.status = status;
  }

  /** The same call may well succeed later. */
  get isTransient() {
    return [0, 408, 409, 429].includes(this.status) || this.status >= 500;
  }

  static offline() {
    return new ApiError("The server cannot be reached. Check your connection.");
  }

  /** From an answer whose body ought to be problem+json, but may come from a proxy on the way. */
  static from(status, body) {
    return new ApiError(body?.detail ?? `The server answered with status ${status}.`, { status });
  }
}

/** A page of images, newest first: `{images, next_page_token}`. */
export const list = ({ limit, pageToken, key } = {}) =>
  call("GET", `/list?${query({ limit, page_token: pageToken })}`, { key });

/** One image, with its EXIF. */
export const details = (id) => call("GET", `/fetch/${encodeURIComponent(id)}/details`);

/** Change fields of an image; the image as it is then. */
export const update = (id, fields, key) => call("PATCH", `/update/${encodeURIComponent(id)}`, { key, json: fields });

/** Delete an image for good. */
export const remove = (id, key) => call("DELETE", `/delete/${encodeURIComponent(id)}`, { key });

/**
 * Upload one file; the image, with `duplicate` set when the repository had it already.
 *
 * `watch` is `{onProgress, signal}`: told the share that has been sent, and able to stop it.
 */
export async function upload(file, fields, key, watch) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("image", file, file.name);
  const { status, response } = await send("POST", `${base}/upload`, { "X-API-Key": key }, form, watch);
  if (status >= 300 || response === null) throw ApiError.from(status, response);
  return response;
}

/** Leave to upload one file past the functions: `{ticket, upload: {method, url, headers}, …}`. */
export const issueTicket = (wanted, key) => call("POST", "/upload/tickets", { key, json: wanted });

/** Make use of that leave: the `upload` of a ticket. `watch` as in `upload`. */
export async function put({ method, url, headers }, file, watch) {
  const { status, response } = await send(method, url, headers, file, watch);
  if (status >= 300) throw ApiError.from(status, response);
}

/** What became of a ticket's file: `{state, image, problem}`. */
export const ticket = (id, key) => call("GET", `/upload/tickets/${encodeURIComponent(id)}`, { key, timeout: 20_000 });

/** The numbers of the repository, with that many of its most viewed images. */
export const stats = (limit, key) => call("GET", `/stats?${query({ limit })}`, { key });

/** The answered request. XMLHttpRequest, because `fetch` cannot tell how much of a body has been sent. */
function send(method, url, headers, body, { onProgress, signal }) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    const giveUp = () => request.abort();
    let patience = setTimeout(giveUp, STALLED);
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.onprogress = (event) => {
      clearTimeout(patience);
      patience = setTimeout(giveUp, STALLED);
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onerror = request.onabort = () => reject(ApiError.offline());
    request.onload = () => resolve(request);
    request.onloadend = () => {
      clearTimeout(patience);
      signal.removeEventListener("abort", giveUp);
    };
    signal.addEventListener("abort", giveUp);
    request.send(body);
  });
}

/** `timeout`, in milliseconds, is for those who ask again anyway. */
async function call(method, path, { key, json, timeout } = {}) {
  const headers = {};
  if (key) headers["X-API-Key"] = key;
  if (json) headers["Content-Type"] = "application/json";
  let response;
  try {
    const signal = timeout && AbortSignal.timeout(timeout);
    response = await fetch(base + path, { method, headers, body: json && JSON.stringify(json), signal });
  } catch {
    throw ApiError.offline();
  }
  const body = response.status === 204 ? null : await response.json().catch(() => undefined);
  if (!response.ok || body === undefined) throw ApiError.from(response.status, body);
  return body;
}

function query(values) {
  return new URLSearchParams(Object.entries(values).filter(([, value]) => value != null));
}
