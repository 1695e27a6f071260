"""`?purge=1`: the embedded backend keeps nothing of an image; Cloud Storage keeps it for a while, and says so."""

from pathlib import Path

import pytest

from functions.domain.errors import Unavailable
from tests.harness import ADMIN, ALICE, Service
from tests.photos import jpeg, photo

CAPTION = "a caption that must go"


def purge(service: Service, image_id: str, key: str = ADMIN, value: str = "1") -> tuple[int, str]:
    response = service.request("DELETE", f"/delete/{image_id}?purge={value}", key=key)
    return response.status_code, response.get_json()["code"] if response.data else ""


def originals(service: Service) -> dict[str, bytes]:
    """The files of the bucket of originals, but for its index, by their suffixes."""
    folder = service.settings.data / "originals/blobs"
    return {path.suffix: path.read_bytes() for path in folder.glob("*/*")}


def refuse(*_: object, **__: object) -> None:
    raise PermissionError(13, "Permission denied")


def test_nothing_of_the_image_is_kept_but_its_name(service: Service) -> None:
    image_id = service.stored(jpeg(photo(90, 60)), caption=CAPTION)["id"]
    assert purge(service, image_id) == (204, "")
    ((suffix, mark),) = originals(service).items()
    assert suffix == ".deleted"
    assert image_id.encode() in mark
    assert CAPTION.encode() not in mark
    assert b"alice" not in mark
    service.deliver()
    assert (service.originals.list(), service.entries(), service.renditions.list()) == ([], {}, [])
    assert purge(service, image_id) == (404, "image_not_found")


@pytest.mark.parametrize("value", ["0", ""])
def test_a_deletion_keeps_its_description_for_a_while(service: Service, value: str) -> None:
    image_id = service.stored(jpeg(photo(90, 60)), caption=CAPTION)["id"]
    path = f"/delete/{image_id}" + (f"?purge={value}" if value else "")
    assert service.request("DELETE", path, key=ALICE).status_code == 204
    assert CAPTION.encode() in originals(service)[".deleted"]


def test_only_an_admin_can_purge_even_an_own_image(service: Service) -> None:
    image_id = service.stored(jpeg(photo(90, 60)))["id"]
    assert purge(service, image_id, ALICE) == (403, "forbidden")
    assert purge(service, image_id, ADMIN, "yes") == (400, "invalid_field")
    assert list(service.entries()) == [image_id]


def test_bytes_that_cannot_be_removed_are_not_reported_as_purged(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    image_id = service.stored(jpeg(photo(90, 60)))["id"]
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        assert purge(service, image_id) == (Unavailable.status, "unavailable")
    assert ".jpg" in originals(service)
    assert purge(service, image_id) == (404, "image_not_found"), "this request did not purge it"
    service.deliver()
    assert (service.originals.list(), service.entries(), service.renditions.list()) == ([], {}, [])


@pytest.mark.parametrize("backend", ["strict"], indirect=True)
def test_cloud_storage_refuses_to_purge_and_deletes_nothing(service: Service) -> None:
    image_id = service.stored(jpeg(photo(90, 60)))["id"]
    before = (service.originals.list(), service.entries(), service.renditions.list())
    assert purge(service, image_id) == (409, "cannot_purge")
    service.deliver()
    assert (service.originals.list(), service.entries(), service.renditions.list()) == before
    assert service.request("DELETE", f"/delete/{image_id}", key=ALICE).status_code == 204
