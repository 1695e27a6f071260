"""The HTTP API as a Python object."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote

from image_repo.errors import Problem
from image_repo.link import Link
from image_repo.patience import Patience
from image_repo.photos import text
from image_repo.transfer import Transfer

_PAGE: Final = 100
MOST_DRAWN: Final = 32

Json = dict[str, Any]


class Client:
    """One service. Images come as the dictionaries that the API describes; what passes is tried again.

    Args:
        api: its address, such as `https://europe-west1-my-project.cloudfunctions.net`.
        key: the API key; reading needs none.
        patience: how long to go on trying when nobody answers, in seconds.

    Every method raises `Problem` when the service refuses, `Unanswered` or `Lost` when it is not there.
    """

    def __init__(self, api: str, key: str | None = None, *, patience: float = 300.0) -> None:
        self.link = Link(api, key, patience=Patience(total=patience))

    def upload(
        self, path: str | os.PathLike[str], *, caption: str = "", tags: Iterable[str] = (), album: str = ""
    ) -> Json:
        """Store a file; its image object, with `duplicate` when the image had been there before.

        A text for `tags` is one tag, or several with commas between them, as everywhere in the API. The service is
        asked for the file first, so that one that is there is not sent.

        Raises:
            CannotRead: the file cannot be read.
        """
        fields = {"caption": caption, "tags": tags if isinstance(tags, str) else ",".join(tags), "album": album}
        given = {name: text(value) for name, value in fields.items() if value}
        sent = Transfer(self.link, Path(path), given).run()
        return {**sent.image, "duplicate": sent.duplicate}

    def known(self, sha256: Iterable[str] = ()) -> dict[str, str]:
        """The ids of those files that the repository has already, by their hashes (hexadecimal); up to 500 of them."""
        found: dict[str, str] = self._json(
            "POST", "/upload/check", {"known": dict}, keyed=True, json={"sha256": [*sha256]}
        )["known"]
        return found

    def list(self, limit: int | None = None, **filters: str) -> Iterator[Json]:
        """Images, newest first, asked for page by page: `album`, `tag`, `uploader`, `format`, `order`, all optional.

        Up to `limit` of them, or all; no more are asked for, since each is a read that the service pays for.
        """
        left = sys.maxsize if limit is None else limit
        token: str | None = ""
        while token is not None and left > 0:
            page = {"limit": min(left, _PAGE), **filters} | ({"page_token": token} if token else {})
            answer = self._json("GET", "/list", {"images": list}, params=page)
            yield from answer["images"][:left]
            left -= len(answer["images"])
            token = answer.get("next_page_token")

    def random(self, count: int = 1, **filters: str) -> Sequence[Json]:
        """Up to that many different images, drawn at random among those of a `tag` or an `album`; 32 at most."""
        answer = self._json("GET", "/random", {"images": list}, params={"count": min(count, MOST_DRAWN), **filters})
        images: Sequence[Json] = answer["images"]
        return images

    def details(self, image_id: str) -> Json:
        """All that is known of an image."""
        return self._json("GET", f"/fetch/{_segment(image_id)}/details", {"id": str})

    def download(self, image_id: str, file: IO[bytes]) -> str:
        """Write an image into a file that is open; its media type. When the connection breaks, part of it is there."""
        response = self.link.persist(
            lambda _: self.link.once("GET", f"/fetch/{_segment(image_id)}", stream=True, headers={"Accept": "image/*"})
        )
        with response:
            file.writelines(self.link.blocks(response))
        return response.headers.get("Content-Type", "").partition(";")[0]

    def delete(self, image_id: str) -> None:
        """Remove an image for good."""
        self.link.persist(lambda failures: self._delete(image_id, failures))

    def _delete(self, image_id: str, failures: int) -> None:
        try:
            self.link.once("DELETE", f"/delete/{_segment(image_id)}", keyed=True)
        except Problem as problem:
            if not (failures and problem.code == "image_not_found"):  # an attempt whose answer was lost has done it
                raise

    def stats(self, top: int = 10) -> Json:
        """How many images and bytes there are, and which are looked at most."""
        return self._json("GET", "/stats", {"images": int, "formats": dict}, keyed=True, params={"limit": top})

    def _json(self, method: str, path: str, members: Mapping[str, type], **options: Any) -> Json:
        return self.link.persist(lambda _: self.link.json(method, path, members, **options))


def _segment(image_id: str) -> str:
    """An id as a segment of a path, whatever it holds: the service will say what is wrong with it."""
    return quote(text(image_id), safe="")
