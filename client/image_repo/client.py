"""The client of the HTTP API."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import IO, Any, Literal, Self, TypeVar
from urllib.parse import quote

from image_repo.decoding import Model, decode
from image_repo.description import UNCHANGED, Unchanged, update_members, upload_fields
from image_repo.errors import APIError
from image_repo.files import open_file
from image_repo.limits import MAX_RANDOM
from image_repo.listing import Listing
from image_repo.models import (
    CheckedFiles,
    Content,
    Image,
    ImageDetails,
    Inspection,
    IssuedTicket,
    Page,
    Stats,
    Ticket,
    UploadedImage,
)
from image_repo.multipart import multipart_form
from image_repo.retry import RetryPolicy
from image_repo.text import encodable
from image_repo.transfer import Transfer
from image_repo.transport import Transport

M = TypeVar("M", bound=Model)


class Client:
    """A client of one Image Repo service. Its methods may be called from several threads.

    Every method retries transient failures. It raises `APIError` if the service answers with an error,
    `APIConnectionError` or `ServiceUnavailable` if it does not answer, and RuntimeError after `close`.

    Args:
        api: the address of the service, such as `https://europe-west1-my-project.cloudfunctions.net`.
        key: the API key. Methods that only read images work without one.
        retry: how to retry transient failures.
        timeout: how long to wait for a connection, and for the next bytes of an answer, in seconds.

    Attributes:
        transport: the connection to the service.
    """

    def __init__(
        self,
        api: str,
        key: str | None = None,
        *,
        retry: RetryPolicy | None = None,
        timeout: tuple[float, float] = (10.0, 120.0),
    ) -> None:
        self.transport: Transport = Transport(api, key, policy=retry, timeout=timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections; the end of a `with` block does the same."""
        self.transport.close()

    def upload(
        self,
        path: str | PathLike[str],
        *,
        caption: str | None = None,
        tags: str | Iterable[str] = (),
        album: str | None = None,
        taken_at: datetime | str | None = None,
        filename: str | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> UploadedImage:
        """Store a file, unless the repository has it: then only the fields are sent, and fill what is empty.

        Args:
            path: the path of the file.
            caption: a text of up to 2,000 bytes (UTF-8).
            album: a name of up to 255 bytes (UTF-8).
            tags: the tags, or a text of tags with commas between them.
            taken_at: what the camera's clock showed, instead of the time in its EXIF; to the second.
            filename: a name to store instead of the file's own name.
            extra: further fields to keep with the image.

        Raises:
            FileReadError: the file cannot be read.
        """
        fields = upload_fields(extra, caption=caption, tags=tags, album=album, taken_at=taken_at, filename=filename)
        result = Transfer(self.transport, Path(path), fields).run()
        if result.image is None:
            raise APIError(
                "The image was stored, but has been deleted since. Upload it again.", status=404, code="image_not_found"
            )
        words = {"filled": [*result.filled], "kept": [*result.kept]} if result.duplicate else {}
        return decode(UploadedImage, {**result.image.raw, "duplicate": result.duplicate, **words})

    def check(self, sha256: Iterable[str] = ()) -> dict[str, str]:
        """The image ids of those files that the repository has, by their SHA-256 (hexadecimal); up to 500 at once."""
        return {**self.check_with_words(sha256, ()).known}

    def check_with_words(self, sha256: Iterable[str], words: Iterable[tuple[str, Mapping[str, str]]]) -> CheckedFiles:
        """Check as `check` does, and fill what is empty in the images of known files.

        Args:
            sha256: the SHA-256 of each file, in hexadecimal.
            words: pairs of a SHA-256 and form fields, such as `{"caption": "At the sea", "tags": "sea,sky"}`; up to 500
                at once, and a MiB of JSON.
        """
        described = [{"sha256": each, "description": {**fields}} for each, fields in words]
        body = {"sha256": [*sha256], **({"words": described} if described else {})}
        return self._get(CheckedFiles, "POST", "/upload/check", authenticated=True, json=body)

    def create_ticket(
        self,
        *,
        content_type: str,
        bytes: int,  # noqa: A002 - the name in the API
        caption: str | None = None,
        tags: str | Iterable[str] = (),
        album: str | None = None,
        taken_at: datetime | str | None = None,
        filename: str | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> IssuedTicket:
        """A new upload ticket for one file of that type and exact size. `upload` does this for a large file."""
        fields = upload_fields(extra, caption=caption, tags=tags, album=album, taken_at=taken_at, filename=filename)
        body = {**fields, "content_type": content_type, "bytes": bytes}
        return self._get(IssuedTicket, "POST", "/upload/tickets", authenticated=True, json=body)

    def ticket(self, ticket_id: str) -> Ticket:
        """The state of an upload ticket."""
        return self._get(Ticket, "GET", f"/upload/tickets/{_segment(ticket_id)}", authenticated=True)

    def inspect(self, path: str | PathLike[str]) -> Inspection:
        """What an upload of the file would store; nothing is stored.

        Raises:
            FileReadError: the file cannot be read.
        """
        return self.transport.retry(lambda _: self._inspect(Path(path)))

    def fetch(self, image_id: str) -> Content:
        """An image, without its private metadata. `download` is for those that should not be held in memory."""
        return self._content(f"/fetch/{_segment(image_id)}")

    def thumbnail(self, image_id: str, width: int = 320) -> Content:
        """The smallest thumbnail that has at least this width, or else the widest; the image itself without any."""
        return self._content(f"/fetch/{_segment(image_id)}/thumbnail", params={"width": width})

    def download(self, image_id: str, file: IO[bytes]) -> str:
        """Write an image to an open file; its media type. If the connection breaks, a part of it is written."""
        path = f"/fetch/{_segment(image_id)}"
        response = self.transport.retry(
            lambda _: self.transport.send("GET", path, stream=True, headers={"Accept": "image/*"})
        )
        with response:
            file.writelines(self.transport.read_blocks(response))
        return _media_type(response.headers)

    def details(self, image_id: str, *, position: bool = False) -> ImageDetails:
        """All that the service knows about an image. With `position`, the key is sent, and `exif` may have `gps`."""
        return self._get(ImageDetails, "GET", f"/fetch/{_segment(image_id)}/details", authenticated=position)

    def update(
        self,
        image_id: str,
        *,
        caption: str | Unchanged | None = UNCHANGED,
        tags: str | Iterable[str] | Unchanged | None = UNCHANGED,
        album: str | Unchanged | None = UNCHANGED,
        taken_at: datetime | str | Unchanged | None = UNCHANGED,
        filename: str | Unchanged | None = UNCHANGED,
    ) -> Image:
        """Change the description of an image; the image after that. None removes a field, others stay unchanged."""
        body = update_members(caption=caption, tags=tags, album=album, taken_at=taken_at, filename=filename)
        return self._get(Image, "PATCH", f"/update/{_segment(image_id)}", authenticated=True, json=body)

    def delete(self, image_id: str) -> None:
        """Delete an image permanently."""
        self.transport.retry(lambda failures: self._delete(image_id, failures))

    def list(
        self,
        limit: int | None = None,
        *,
        album: str | None = None,
        tag: str | None = None,
        uploader: str | None = None,
        format: str | None = None,  # noqa: A002 - the name in the API
        order: Literal["newest", "oldest", "taken", "-taken"] | None = None,
        page_token: str | None = None,
    ) -> Listing:
        """The images that match all filters, newest first, as an iterable that reads page by page.

        The orders `newest` and `oldest` go by the time of the upload. `taken` and `-taken` go by the camera's clock,
        upwards and downwards; images without a time come last.
        """
        filters = {"album": album, "tag": tag, "uploader": uploader, "format": format, "order": order}
        given = upload_fields(None, **filters, page_token=page_token)
        return Listing(lambda params: self._get(Page, "GET", "/list", params=params), limit, given)

    def random(self, count: int = 1, *, album: str | None = None, tag: str | None = None) -> tuple[Image, ...]:
        """Up to that many different images (at most 32), drawn at random among those that match."""
        params = {"count": min(count, MAX_RANDOM), **upload_fields(None, album=album, tag=tag)}
        return self._get(Page, "GET", "/random", params=params).images

    def stats(self, top: int = 10) -> Stats:
        """How many images and bytes there are, and the `top` most viewed images."""
        return self._get(Stats, "GET", "/stats", authenticated=True, params={"limit": top})

    def _get(self, model: type[M], method: str, path: str, **options: Any) -> M:
        return self.transport.retry(lambda _: self.transport.get_object(model, method, path, **options))

    def _content(self, path: str, **options: Any) -> Content:
        response = self.transport.retry(
            lambda _: self.transport.send("GET", path, headers={"Accept": "image/*"}, **options)
        )
        return Content(response.content, _media_type(response.headers))

    def _inspect(self, path: Path) -> Inspection:
        with open_file(path) as file:
            body, content_type = multipart_form(file, {}, self._check_cancelled)
            headers = {"Content-Type": content_type}
            return self.transport.get_object(
                Inspection, "POST", "/inspect", authenticated=True, data=body, headers=headers
            )

    def _check_cancelled(self, _: int) -> None:
        self.transport.cancellation.check()

    def _delete(self, image_id: str, failures: int) -> None:
        try:
            self.transport.send("DELETE", f"/delete/{_segment(image_id)}", authenticated=True)
        except APIError as error:
            if not (failures and error.code == "image_not_found"):  # deleted by an attempt whose answer was lost
                raise


def _segment(name: str) -> str:
    """An id as one segment of a path. The service checks whether it is valid."""
    return quote(encodable(name), safe="")


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("Content-Type", "").partition(";")[0]
