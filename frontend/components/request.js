/** Requests for photos to the HTTP API. */

/** @import { ImageObject, Page, Problem } from "../types/api.js" */

/** `make run` and a custom domain serve this file and the API from the same host; a bucket serves only the file. */
const { origin, hostname } = new URL(import.meta.url);
const DEFAULT_API = hostname.endsWith("storage.googleapis.com") ? "" : origin;

/** Photos could not be loaded. */
export class PhotosError extends Error {
  /**
   * @param {string} message
   * @param {{ isFinal?: boolean }} [options] `isFinal` if another attempt would fail too
   */
  constructor(message, { isFinal = false } = {}) {
    super(message);
    this.isFinal = isFinal;
  }
}

/**
 * Photos, with the token of the page after them, or the error because of which there are none.
 *
 * @typedef {{ images: ImageObject[], next: string | null, error: Error | null }} Result
 */

/**
 * The photos that a component asks for. Does not reject: the result may have an error.
 *
 * @param {HTMLElement} component
 * @param {string} path
 * @param {string | null} token of the page
 * @param {AbortSignal} signal
 * @returns {Promise<Result>}
 */
export async function loadPhotos(component, path, token, signal) {
  try {
    return { ...(await fetchPhotos(component, path, token, signal)), error: null };
  } catch (error) {
    return { images: [], next: null, error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/**
 * Throws PhotosError.
 *
 * @param {HTMLElement} component
 * @param {string} path
 * @param {string | null} token of the page
 * @param {AbortSignal} signal
 * @returns {Promise<{ images: ImageObject[], next: string | null }>}
 */
async function fetchPhotos(component, path, token, signal) {
  const api = (component.getAttribute("api") || DEFAULT_API).replace(/\/+$/, "");
  const remedy = `Set the address: <${component.localName} api="https://…">`;
  if (!api) throw new PhotosError(`The address of the image repository is missing. ${remedy}`, { isFinal: true });
  const url = `${api}${path}?${queryOf(component, token)}`;
  const response = await fetch(url, { credentials: "omit", signal }).catch(() => {
    throw new PhotosError("The photos cannot be loaded at the moment.");
  });
  /** @type {Partial<Page & ImageObject & Problem> | null} null if it is not JSON: another server may have answered */
  const body = await response.json().catch(() => null);
  if (response.ok && body?.images) return { images: body.images, next: body.next_page_token ?? null };
  if (response.ok && body?.thumbnails) return { images: [/** @type {ImageObject} */ (body)], next: null };
  if (body?.code === "image_not_found") return { images: [], next: null };
  const unknown = `${api} is not the address of an image repository (status ${response.status}). ${remedy}`;
  throw new PhotosError(body?.detail ?? unknown);
}

/**
 * @param {HTMLElement} component
 * @param {string | null} token
 */
function queryOf(component, token) {
  const query = new URLSearchParams();
  for (const name of ["album", "tag", "uploader", "order", "limit"]) {
    const value = component.getAttribute(name);
    if (value) query.set(name, value);
  }
  if (token) query.set("page_token", token);
  return query;
}
