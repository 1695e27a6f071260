/** Images as the API describes them, and files as the browser gives them. */

/** @import { ImageObject, UploadedImage } from "../../frontend/types/api.js" */

/**
 * @param {string} id
 * @returns {ImageObject}
 */
export const image = (id) => ({
  id,
  url: `https://api.example/fetch/${id}`,
  details_url: `https://api.example/fetch/${id}/details`,
  filename: `${id}.jpg`,
  format: "jpeg",
  content_type: "image/jpeg",
  bytes: 1000,
  width: 300,
  height: 200,
  sha256: "0".repeat(64),
  caption: null,
  tags: [],
  album: null,
  uploader: "alice",
  uploaded_at: "2024-05-01T12:30:00Z",
  taken_at: null,
  animated: false,
  placeholder: null,
  thumbnails: { state: "ready", srcset: "", items: [] },
});

/**
 * @param {string} id
 * @returns {UploadedImage}
 */
export const uploaded = (id, duplicate = false) => ({ ...image(id), duplicate });

/**
 * A file of the given size, without the memory that it would need. (Node.js 18 has no global File.)
 *
 * @param {string} name
 * @param {{ size?: number, isReadable?: boolean }} [options]
 * @returns {File}
 */
export function file(name, { size = 1000, isReadable = true } = {}) {
  const arrayBuffer = async () => {
    if (!isReadable) throw new Error("NotReadableError");
    return new ArrayBuffer(1);
  };
  // The queue uses only these members of a file.
  return /** @type {File} */ ({ name, size, slice: () => /** @type {Partial<Blob>} */ ({ arrayBuffer }) });
}
