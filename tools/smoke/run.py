"""One run: its client, its pictures, and the steps one after the other."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

import requests

from image_repo import APIError, Client, Image, RetryPolicy, ServiceUnavailable, SignedUpload
from tools.smoke.outcomes import Skipped
from tools.smoke.picture import Picture, random_picture
from tools.smoke.places import Place

T = TypeVar("T")

KEY_DELAY: Final = 120.0
"""Seconds after which every instance of every function knows a new key. They read the list once a minute."""
_TIMEOUT: Final = 60.0
_SHORT_TIMEOUT: Final = 10.0
_PAUSE: Final = 1.0
_LISTED: Final = 100


@dataclass(slots=True)
class Drop:
    """A file that the run has put into the dropbox.

    Attributes:
        name: of the object.
        picture: what was put there.
        waited: whether the step has waited for the event of the drop, as long as the place allows.
        arrived: whether the drop has become an image. Then it is no longer in the dropbox.
    """

    name: str
    picture: Picture
    waited: bool = False
    arrived: bool = False


@dataclass(slots=True)
class Run:
    """One run in a place.

    Attributes:
        name: the tag and the album of the run's images. No other image has it.
        pictures: the pictures of the upload, of the ticket and of the drop.
        sent: whether anything was sent that the service may have kept.
        image_id: of the uploaded image, as soon as it is stored.
        others: ids of the images of the ticket and of the drop, as soon as they are stored.
        thumbnails: the URLs of the uploaded image's thumbnails, as soon as they are ready.
        signed: the request that was signed for the ticket, as soon as there is one.
        drops: what the run has put into the dropbox.
        gone: whether the service has stopped answering.
        refused: whether it refuses the key.
    """

    place: Place
    client: Client
    pictures: dict[str, Picture]
    name: str
    new_key: bool = False
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    image_id: str | None = None
    others: list[str] = field(default_factory=list)
    sent: bool = False
    thumbnails: tuple[str, ...] = ()
    signed: SignedUpload | None = None
    drops: list[Drop] = field(default_factory=list)
    gone: bool = False
    refused: bool = False
    began: float = 0.0

    def __post_init__(self) -> None:
        self.began = self.clock()

    def stored(self) -> str:
        """The id of the uploaded image.

        Raises:
            Skipped: there is none.
        """
        if self.image_id is None:
            raise Skipped("no image was stored")
        return self.image_id

    def call(self, act: Callable[[Client], T]) -> T:
        """The result of a call of the client. While a new key may be unknown to a function, it is repeated.

        Raises:
            ImageRepoError: what the service answered, or that it did not, also where the client tried several times.
        """
        while True:
            try:
                return act(self.client)
            except ServiceUnavailable as error:
                raise error.__cause__ or error from None
            except APIError as error:
                if error.status != HTTPStatus.UNAUTHORIZED or not self._key_may_be_unknown():
                    raise
            self.sleep(_PAUSE)

    def leaves(self, name: str, picture: str) -> Drop:
        """Note that one of the pictures is put into the dropbox, under that name."""
        self.drops.append(Drop(name, self.pictures[picture]))
        return self.drops[-1]

    def known(self, picture: Picture) -> str | None:
        """The id of the image of that file; None if the service does not have it."""
        return self.call(lambda client: client.check([picture.sha256])).get(picture.sha256)

    def listed(self, *, tag: str | None = None, album: str | None = None) -> list[Image]:
        """The images of the list with that tag and that album, at most 100."""
        return self.call(lambda client: [*client.list(_LISTED, tag=tag, album=album)])

    def own(self) -> set[str]:
        """The ids of the run's images in the list. It asks without a filter, which no missing index can disturb."""
        return {each.id for each in self.listed() if self.name == each.album or self.name in each.tags}

    def send(self, method: str, url: str, **options: Any) -> requests.Response:
        """The response to a plain request, whatever its status; `url` may be a path of the API."""
        target = f"{self.place.api}{url}" if url.startswith("/") else url
        while True:
            response = requests.request(method, target, timeout=_TIMEOUT, allow_redirects=False, **options)
            if response.status_code != HTTPStatus.UNAUTHORIZED or not self._key_may_be_unknown():
                return response
            self.sleep(_PAUSE)

    def answers(self) -> bool:
        """Whether the service answers anything."""
        try:
            requests.get(f"{self.place.api}/list?limit=1", timeout=_SHORT_TIMEOUT, allow_redirects=False)
        except requests.RequestException:
            return False
        return True

    def wait(self, poll: Callable[[], T | None]) -> T | None:
        """The first result of `poll` that is not None; None if there is none for as long as the place allows."""
        until = self.clock() + self.place.patience
        while (found := poll()) is None and self.clock() < until:
            self.sleep(min(_PAUSE, self.place.patience / 10))
        return found

    def _key_may_be_unknown(self) -> bool:
        return self.new_key and self.clock() - self.began < KEY_DELAY


@contextmanager
def started(place: Place, *, new_key: bool = False) -> Iterator[Run]:
    """A run that has not done anything yet."""
    name = f"smoke-{secrets.token_hex(6)}"
    policy = RetryPolicy(total=min(10.0, place.patience))
    with TemporaryDirectory() as folder, Client(place.api, place.key, retry=policy) as client:
        pictures = {each: random_picture(Path(folder, f"{each}.png")) for each in ("upload", "ticket", "drop")}
        yield Run(place, client, pictures, name, new_key=new_key)
