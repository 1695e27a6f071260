"""Every error that a caller may see, born with its status, its code and its public sentence.

`detail` says what is wrong and what to do about it; `context` holds members that a program can use. Both are public:
nothing private belongs in them.
"""

from http import HTTPStatus
from typing import ClassVar


class ImageRepoError(Exception):
    """Base of all; by itself an unexpected failure."""

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    code: ClassVar[str] = "internal_error"
    detail: str = "Something went wrong on our side. Please try again."

    def __init__(self, detail: str | None = None, **context: object) -> None:
        self.detail = detail or type(self).detail
        self.context = context
        super().__init__(self.detail)

    @property
    def headers(self) -> dict[str, str]:
        """Response headers that belong to this error."""
        return {}


# --- the request ---------------------------------------------------------------------------------------------------


class InvalidRequest(ImageRepoError):
    """A parameter, field or body that cannot be understood; the context's `field` names the culprit."""

    status = HTTPStatus.BAD_REQUEST
    code = "invalid_request"
    detail = "The request cannot be understood."


class InvalidField(InvalidRequest):
    code = "invalid_field"


class InvalidFilename(InvalidRequest):
    code = "invalid_filename"
    detail = "`filename` must be a plain name, without a path or control characters."


class InvalidPageToken(InvalidRequest):
    code = "invalid_page_token"
    detail = "This page token is not one of ours for this query. Take the `next_page_token` of the page before."


class MalformedId(InvalidRequest):
    code = "malformed_id"
    detail = "An image id has 26 characters, each a lower-case letter or a digit from 2 to 7."


class NoImage(InvalidRequest):
    code = "no_image"
    detail = (
        "The request holds no image. Send it as the multipart field `image`, as base64 in JSON "
        '({"image": "…"}) or in a form field, or as the raw body with an image/* content type.'
    )


class EmptyImage(InvalidRequest):
    code = "empty_image"
    detail = "The file is empty (0 bytes)."


class InvalidBase64(InvalidRequest):
    code = "invalid_base64"
    detail = "The image is not valid base64. Send standard base64, or a data URL such as data:image/png;base64,…"


class InvalidJson(InvalidRequest):
    code = "invalid_json"
    detail = "The body is not valid JSON."


class Unauthenticated(ImageRepoError):
    status = HTTPStatus.UNAUTHORIZED
    code = "unauthenticated"
    detail = "This needs an API key. Send it as `X-API-Key: KEY` or `Authorization: Bearer KEY`."

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'Bearer realm="image-repo"'}


class UnknownKey(Unauthenticated):
    code = "unknown_key"
    detail = "This API key is not known. Check that it is complete and has not been revoked."


class Forbidden(ImageRepoError):
    status = HTTPStatus.FORBIDDEN
    code = "forbidden"
    detail = "This key may not do that."


class NotYourImage(Forbidden):
    code = "not_your_image"
    detail = "Only the key that uploaded this image, or an admin's, may change or delete it."


class ImageNotFound(ImageRepoError):
    status = HTTPStatus.NOT_FOUND
    code = "image_not_found"
    detail = "There is no such image."


class RouteNotFound(ImageRepoError):
    status = HTTPStatus.NOT_FOUND
    code = "route_not_found"
    detail = "There is nothing at this path."


class MethodNotAllowed(ImageRepoError):
    status = HTTPStatus.METHOD_NOT_ALLOWED
    code = "method_not_allowed"

    def __init__(self, method: str, allowed: tuple[str, ...]) -> None:
        super().__init__(f"{method} is not possible here. Use {' or '.join(allowed)}.", allowed=list(allowed))
        self._allow = ", ".join((*allowed, "OPTIONS"))

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": self._allow}


class BodyTooLarge(ImageRepoError):
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "body_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"A request may have at most {limit:,} bytes.", limit=limit)


class PreconditionFailed(ImageRepoError):
    status = HTTPStatus.PRECONDITION_FAILED
    code = "precondition_failed"
    detail = "The file is not the one that `If-Match` asks for. Fetch it again without."


class RangeNotSatisfiable(ImageRepoError):
    status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    code = "range_not_satisfiable"

    def __init__(self, length: int) -> None:
        super().__init__(f"The range lies outside the file, which has {length:,} bytes.", length=length)
        self._content_range = f"bytes */{length}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Content-Range": self._content_range}


# --- the image -----------------------------------------------------------------------------------------------------


class ImageRefused(ImageRepoError):
    """Permanent: this file will never be taken, however often it is sent."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "image_refused"


class UnsupportedFormat(ImageRefused):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "unsupported_format"
    detail = "This is not an image in a format we take: JPEG, PNG, WebP, GIF, AVIF or HEIC."


class ImageTooLarge(ImageRefused):
    """More bytes, pixels or frames than the limits allow."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "image_too_large"


class DamagedImage(ImageRefused):
    code = "damaged_image"
    detail = "The image cannot be decoded to its end: it is truncated or damaged. Export or copy it again."


# --- the ports -----------------------------------------------------------------------------------------------------


class Conflict(ImageRepoError):
    """A precondition did not hold: the entry or the object is not, or no longer, what the caller saw."""

    status = HTTPStatus.CONFLICT
    code = "conflict"
    detail = "Somebody else changed this at the same time. Please try again."


class ObjectNotFound(ImageRepoError):
    """A bucket holds no object of that name (in that generation)."""

    status = HTTPStatus.NOT_FOUND
    code = "object_not_found"
    detail = "There is no such object."


class Unavailable(ImageRepoError):
    """Transient: a backend did not answer; the same call may well succeed later."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "unavailable"
    detail = "A part that this needs is not answering. Please try again in a few seconds."
    retry_after = 5
    """Seconds."""

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)}


class Damaged(Unavailable):
    """A backend answers, and what it keeps is broken: not time mends that, but a person or `make fsck`."""
