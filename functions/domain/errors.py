"""All errors that a caller can see. Each class has its HTTP status, its stable code and its public message.

`detail` says what is wrong and what to do about it. `context` holds further members for programs. Both are public, so
they must not contain private data.
"""

from http import HTTPStatus
from typing import ClassVar


class ImageRepoError(Exception):
    """Base class. An instance of the base class itself is an unexpected failure."""

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    code: ClassVar[str] = "internal_error"
    detail: str = "The service failed unexpectedly. Try again."

    def __init__(self, detail: str | None = None, **context: object) -> None:
        self.detail = detail or type(self).detail
        self.context = context
        super().__init__(self.detail)

    @property
    def headers(self) -> dict[str, str]:
        """The response headers that belong to this error."""
        return {}


# --- the request ---------------------------------------------------------------------------------------------------


class InvalidRequest(ImageRepoError):
    """A parameter, field or body is invalid. `context["field"]` names it."""

    status = HTTPStatus.BAD_REQUEST
    code = "invalid_request"
    detail = "The request is invalid."


class IncompleteBody(InvalidRequest):
    """The connection ended before the whole body arrived, or the body's chunks are broken."""

    code = "incomplete_body"
    detail = "The body ends early, or its chunked encoding is broken. Send the whole request again."


class InvalidField(InvalidRequest):
    code = "invalid_field"


class InvalidFilename(InvalidRequest):
    code = "invalid_filename"
    detail = "`filename` must be a plain name, without a path or control characters."


class InvalidPageToken(InvalidRequest):
    code = "invalid_page_token"
    detail = "The page token is not valid for this query. Use the `next_page_token` of the previous page."


class MalformedId(InvalidRequest):
    code = "malformed_id"
    detail = "The image id is malformed. It must have 26 characters: lower-case letters a to z and digits 2 to 7."


class NoImage(InvalidRequest):
    code = "no_image"
    detail = (
        "The request contains no image. Send it as the multipart field `image`, as base64 in JSON "
        '({"image": "…"}) or in a form field, or as the raw body with an image/* content type.'
    )


class EmptyImage(InvalidRequest):
    code = "empty_image"
    detail = "The file is empty (0 bytes). Send a file that contains an image."


class InvalidBase64(InvalidRequest):
    code = "invalid_base64"
    detail = "The image is not valid base64. Send standard base64, or a data URL such as data:image/png;base64,…"


class InvalidJson(InvalidRequest):
    code = "invalid_json"
    detail = "The body is not valid JSON. Correct it, or send another Content-Type."


class Unauthenticated(ImageRepoError):
    status = HTTPStatus.UNAUTHORIZED
    code = "unauthenticated"
    detail = "This request needs an API key. Send it as `X-API-Key: KEY` or `Authorization: Bearer KEY`."

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'Bearer realm="image-repo"'}


class UnknownKey(Unauthenticated):
    code = "unknown_key"
    detail = "This API key is not known. Check that it is complete and has not been revoked."


class Forbidden(ImageRepoError):
    status = HTTPStatus.FORBIDDEN
    code = "forbidden"
    detail = "This API key does not have permission for this request. Use another key."


class NotYourImage(Forbidden):
    code = "not_your_image"
    detail = "Only the key that uploaded this image, or an admin key, can change or delete it."


class ImageNotFound(ImageRepoError):
    status = HTTPStatus.NOT_FOUND
    code = "image_not_found"
    detail = "There is no such image. Check the id; the image may have been deleted."


class RouteNotFound(ImageRepoError):
    status = HTTPStatus.NOT_FOUND
    code = "route_not_found"
    detail = "There is nothing at this path. Check the URL."


class MethodNotAllowed(ImageRepoError):
    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = "method_not_allowed"

    def __init__(self, method: str, allowed: tuple[str, ...]) -> None:
        super().__init__(f"This path does not support {method}. Use {' or '.join(allowed)}.", allowed=list(allowed))
        self._allow = ", ".join((*allowed, "OPTIONS"))

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": self._allow}


class BodyTooLarge(ImageRepoError):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "body_too_large"

    def __init__(self, limit: int, detail: str | None = None, *, advice: str = "") -> None:
        detail = detail or f"The body is too large. Send at most {limit:,} bytes in one request."
        super().__init__(f"{detail} {advice}".rstrip(), limit=limit)


class CannotPurge(ImageRepoError):
    """The storage keeps deleted objects for some time, also if an admin asks for their removal."""

    status = HTTPStatus.CONFLICT
    code = "cannot_purge"
    detail = (
        "Cloud Storage keeps a deleted original until the bucket's soft-delete period is over, and offers no way to "
        "remove it earlier. Nothing was deleted. Delete the image without `purge`."
    )


class PreconditionFailed(ImageRepoError):
    status = HTTPStatus.PRECONDITION_FAILED
    code = "precondition_failed"
    detail = "The file does not match `If-Match`. Fetch it again without that header."


class RangeNotSatisfiable(ImageRepoError):
    status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    code = "range_not_satisfiable"

    def __init__(self, length: int) -> None:
        super().__init__(f"The file has {length:,} bytes. Request a range within it.", length=length)
        self._content_range = f"bytes */{length}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Range": self._content_range}


# --- the image -----------------------------------------------------------------------------------------------------


class ImageRefused(ImageRepoError):
    """Permanent: the service never accepts this file, however often it is sent."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "image_refused"


class UnsupportedFormat(ImageRefused):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "unsupported_format"
    detail = "The file is not an image in a supported format. Send JPEG, PNG, WebP, GIF, AVIF or HEIC."


class ImageTooLarge(ImageRefused):
    """The image has more bytes, pixels or frames than the limits allow."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "image_too_large"


class DamagedImage(ImageRefused):
    code = "damaged_image"
    detail = "The image cannot be decoded to its end: it is truncated or damaged. Export or copy it again."


# --- the ports -----------------------------------------------------------------------------------------------------


class Conflict(ImageRepoError):
    """A precondition failed: the entry or the object is no longer in the state that the caller read."""

    status = HTTPStatus.CONFLICT
    code = "conflict"
    detail = "Another request changed this at the same time. Try again."


class ObjectNotFound(ImageRepoError):
    """The bucket has no object with that name (in that generation)."""

    status = HTTPStatus.NOT_FOUND
    code = "object_not_found"
    detail = "There is no such object. Check its name."


class Unavailable(ImageRepoError):
    """Transient: a backend does not answer. The same call can succeed later."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "unavailable"
    detail = "The service is temporarily unavailable. Try again in a few seconds."
    retry_after = 5
    """The value of the header Retry-After, in seconds."""

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)}


class StorageFull(Unavailable):
    """The disk of the embedded backend is full. Only deletions succeed until there is space again."""

    detail = "The disk is full. Delete images, or make room on the disk, and try again."


class Damaged(Unavailable):
    """A backend answers, but its data is damaged. Waiting does not help: a person or `make fsck` must repair it."""


class IndexLost(Damaged):
    """A database is missing or empty, although its files exist. `make reindex` rebuilds it."""
