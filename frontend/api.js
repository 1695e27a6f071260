/** The API of the image repository: one function for each call, one error for all that may go wrong. */

const base = document.querySelector('meta[name="image-repo-api"]').content.trim().replace(/\/+$/, "");

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
 * XMLHttpRequest, because `fetch` cannot tell how much of a body has been sent.
 */
export function upload(file, fields, key, onProgress) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("image", file, file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${base}/upload`);
    request.setRequestHeader("X-API-Key", key);
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(ApiError.offline());
    request.onload = () => {
      const answered = request.status < 300 && request.response !== null;
      if (answered) resolve(request.response);
      else reject(ApiError.from(request.status, request.response));
    };
    request.send(form);
  });
}

async function call(method, path, { key, json } = {}) {
  const headers = {};
  if (key) headers["X-API-Key"] = key;
  if (json) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(base + path, { method, headers, body: json && JSON.stringify(json) });
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
