"""`POST /upload/check` returns which files are stored already."""

import hashlib

import pytest

from tests.harness import ALICE, Service
from tests.photos import jpeg, photo


def check(service: Service, hashes: object) -> dict[str, str]:
    response = service.request("POST", "/upload/check", key=ALICE, json={"sha256": hashes})
    assert response.status_code == 200, response.text
    known: dict[str, str] = response.get_json()["known"]
    return known


def test_a_stored_file_is_reported_with_its_id(service: Service) -> None:
    files = [jpeg(photo(30 + number, 20)) for number in range(3)]
    stored = {hashlib.sha256(each).hexdigest(): service.stored(each)["id"] for each in files[:2]}
    hashes = [hashlib.sha256(each).hexdigest() for each in files]
    others = [f"{number:064x}" for number in range(400)]
    assert check(service, [*others, *hashes, *hashes]) == stored
    assert check(service, [each.upper() for each in hashes]) == stored
    assert check(service, []) == {}


def test_a_file_that_only_the_catalog_has_is_not_reported_as_stored(service: Service) -> None:
    """The client may delete its own copy of a photo that is reported as stored."""
    data = jpeg(photo(30, 20))
    service.stored(data)
    (original,) = service.originals.list()
    service.originals.delete(original.name, if_generation=original.generation)
    assert check(service, [hashlib.sha256(data).hexdigest()]) == {}


@pytest.mark.parametrize("hashes", [None, "x", ["x"], [7], [f"{number:064x}" for number in range(501)]])
def test_invalid_hashes_are_refused(hashes: object, service: Service) -> None:
    response = service.request("POST", "/upload/check", key=ALICE, json={"sha256": hashes})
    assert (response.status_code, response.get_json()["code"]) == (400, "invalid_field")


def test_a_check_needs_a_key(service: Service) -> None:
    assert service.request("POST", "/upload/check", json={"sha256": []}).status_code == 401
