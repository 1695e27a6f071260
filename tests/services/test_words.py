"""Uploads that fill the same image at the same moment: each field has one winner, and no tag is lost."""

from datetime import UTC, datetime

import pytest

from functions.domain.callers import Caller, Role
from functions.domain.limits import HTTP_LIMITS
from functions.domain.metadata import description_of
from functions.domain.model import Description
from functions.services.store import Stored, Upload, store_image
from tests.contracts.races import in_threads
from tests.harness import Service
from tests.photos import jpeg, photo, png, webp

ALICE = Caller("alice", Role.UPLOADER)
UPLOADS = 6
FILES = {
    "the same file": [jpeg(photo(48, 32))],
    "lossless copies": [png(photo(48, 32), compress_level=1), png(photo(48, 32), compress_level=9)],
    "twins in two formats": [png(photo(48, 32)), webp(photo(48, 32), lossless=True)],
}


@pytest.mark.parametrize("stored", [True, False], ids=["a stored image", "a new image"])
@pytest.mark.parametrize("files", FILES.values(), ids=FILES)
def test_each_field_has_one_winner_and_no_tag_is_lost(service: Service, files: list[bytes], *, stored: bool) -> None:
    def upload(number: int, description: Description) -> Stored:
        data = files[number % len(files)]
        return store_image(
            Upload(data, description, ALICE),
            service.catalog,
            service.originals,
            limits=HTTP_LIMITS,
            now=datetime.now(UTC),
        )

    if stored:
        upload(0, Description())
    results = in_threads(
        UPLOADS, lambda number: upload(number, Description(caption=f"caption {number}", tags=(f"tag {number}",)))
    )
    service.deliver()
    service.check_agreement()
    (entry,) = service.entries().values()
    winners = [
        number
        for number, each in enumerate(results)
        if not each.duplicate or (each.words is not None and "caption" in each.words.filled)
    ]
    assert entry.description.caption == f"caption {winners[0]}"
    assert len(winners) == 1
    assert set(entry.description.tags) == {f"tag {number}" for number in range(UPLOADS)}
    for each in results:
        assert not each.duplicate or (each.words is not None and "tags" in each.words.filled)
        assert not each.duplicate or "caption" in (*each.words.filled, *each.words.kept)  # type: ignore[union-attr]
    (original,) = service.originals.list()
    assert description_of(original) == entry.description
