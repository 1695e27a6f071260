/** The JSON objects of the HTTP API that the page and the components use. docs/api.md describes them. */

export interface Thumbnail {
  width: number;
  height: number;
  url: string;
  content_type: string;
  /** Null until the thumbnail exists. */
  bytes: number | null;
}

export interface Thumbnails {
  state: "pending" | "ready" | "failed";
  srcset: string;
  /** From the narrowest to the widest; empty if the thumbnails failed. */
  items: Thumbnail[];
  /** Why they failed. */
  reason?: string;
}

export interface ImageObject {
  id: string;
  url: string;
  details_url: string;
  filename: string | null;
  format: string;
  content_type: string;
  /** Size of the original file. */
  bytes: number;
  /** Pixels, as displayed. */
  width: number;
  height: number;
  sha256: string;
  caption: string | null;
  tags: string[];
  album: string | null;
  uploader: string | null;
  /** RFC 3339, UTC. */
  uploaded_at: string;
  /** What the camera's clock showed: YYYY-MM-DDThh:mm:ss, followed by its offset (+02:00) if that is known. */
  taken_at: string | null;
  animated: boolean;
  /** A tiny WebP image as a data URI, once the thumbnails are ready. */
  placeholder: string | null;
  thumbnails: Thumbnails;
  extra?: Record<string, unknown>;
}

export interface ImageDetails extends ImageObject {
  frames: number;
  exif: Record<string, unknown>;
}

export interface UploadedImage extends ImageObject {
  /** True if the repository had the image before this upload. */
  duplicate: boolean;
  /** The fields that the image got from a duplicate. */
  filled?: string[];
  /** The fields in which the image keeps its own value, although the duplicate had another one. */
  kept?: string[];
}

export interface Page {
  images: ImageObject[];
  /** Null on the last page. */
  next_page_token: string | null;
}

/** An error response, application/problem+json (RFC 9457). */
export interface Problem {
  type: string;
  status: number;
  title: string;
  /** A stable identifier of the kind of error. */
  code: string;
  /** A message for the user. */
  detail: string;
}

/** A signed request that uploads one file to the bucket. */
export interface SignedUpload {
  method: string;
  url: string;
  headers: Record<string, string>;
}

export interface Ticket {
  ticket: string;
  ticket_url: string;
  state: "pending" | "stored" | "duplicate" | "refused" | "expired";
  expires_at: string;
  /** Set if the state is "stored" or "duplicate" and the image still exists. */
  image?: ImageObject;
  /** As in `UploadedImage`, if the state is "duplicate" and the ticket had a description. */
  filled?: string[];
  kept?: string[];
  /** Set if the state is "refused". */
  problem?: Pick<Problem, "status" | "code" | "detail">;
}

export interface IssuedTicket extends Ticket {
  upload: SignedUpload;
}

export interface FormatTotals {
  images: number;
  bytes: number;
}

export interface ViewedImage extends ImageObject {
  views: number;
}

export interface Stats {
  images: number;
  bytes: number;
  formats: Record<string, FormatTotals>;
  views: number;
  calls: Record<string, number>;
  /** The most viewed images, most views first. */
  top: ViewedImage[];
  as_of: string;
}
