"""Requests while the file of the API keys cannot be read."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.adapters.key_file import RETRY, TRUSTED, KeyFile
from tests.backends import Backend
from tests.harness import ALICE, Service
from tests.photos import jpeg, photo

MOUNTED = "key-of-the-file"
LINE = f"carol:uploader:{hashlib.sha256(MOUNTED.encode()).hexdigest()}\n"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "api-keys"
    path.write_text(LINE)
    return path


@pytest.fixture
def keyed(tmp_path: Path, path: Path, clock: Clock, backend: Backend) -> Iterator[Service]:
    """A service with keys in its settings, and one in a file."""
    with Service(tmp_path / "data", backend, keys_file=path) as service:
        service.install(**{"key file": KeyFile(path, clock=clock)})
        yield service


def test_requests_with_a_key_get_503_and_others_are_answered(keyed: Service, path: Path, clock: Clock) -> None:
    image = keyed.upload(jpeg(photo(30, 20)), key=MOUNTED).get_json()
    path.unlink()
    clock.now += TRUSTED - 1
    assert keyed.get("/list", key=MOUNTED).status_code == 200
    clock.now += 1
    for method, where in (("POST", "/upload"), ("GET", "/list"), ("PUT", "/dropbox/a.jpg"), ("GET", "/stats")):
        refused = keyed.request(method, where, key=MOUNTED, data=b"x")
        assert (refused.status_code, refused.get_json()["code"]) == (503, "unavailable"), where
        assert int(refused.headers["Retry-After"]) > 0
        assert refused.headers["Access-Control-Allow-Origin"] == "*"
    assert keyed.get("/list", key="unknown key").status_code == 503
    for where in ("/list", "/random", f"/fetch/{image['id']}", f"/fetch/{image['id']}/details"):
        assert keyed.get(where).status_code == 200, where
    assert keyed.request("POST", "/upload").status_code == 401
    path.write_text(LINE)
    clock.now += RETRY
    assert keyed.get("/stats", key=MOUNTED).status_code == 200
    assert keyed.get("/stats", key="unknown key").status_code == 401


def test_keys_of_the_settings_stay_valid(keyed: Service, path: Path) -> None:
    path.unlink()
    assert keyed.upload(jpeg(photo(30, 20)), key=ALICE).status_code == 201


def test_the_upload_of_a_ticket_needs_no_key(keyed: Service, path: Path, clock: Clock) -> None:
    data = jpeg(photo(30, 20))
    wanted = {"content_type": "image/jpeg", "bytes": len(data)}
    upload = keyed.request("POST", "/upload/tickets", key=MOUNTED, json=wanted).get_json()["upload"]
    path.unlink()
    clock.now += TRUSTED
    where = upload["url"].removeprefix("http://localhost")
    assert keyed.request("PUT", where, data=data, headers=upload["headers"]).status_code == 200
