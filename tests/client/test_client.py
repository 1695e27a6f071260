"""The Python client, with a real service."""

import json
import pickle
import re
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import requests

from functions.routes import ROUTES
from image_repo import (
    APIConnectionError,
    APIError,
    Client,
    FileReadError,
    RetryPolicy,
    ServiceUnavailable,
    UnexpectedResponse,
)
from image_repo.limits import MAX_ALBUM, MAX_CAPTION, MAX_FILENAME, MAX_PAGE, MAX_RANDOM, MAX_TAG, MAX_TAGS
from tests.client.gateway import LOST, Answer, Gateway, gateway
from tests.photos import exif_bytes, jpeg, photo
from tests.processes import KEY, Runner


@pytest.fixture
def file(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "a photo.jpg"
    path.write_bytes(jpeg(photo(90, 60, seed=crc32(request.node.name.encode()))))
    return path


@pytest.fixture
def recorder(runner: Runner) -> Iterator[Gateway]:
    """A gateway that only records requests."""
    with gateway(runner.port, lambda *_: None) as each:
        yield each


def first_upload(trouble: Answer, path: str, before: int, body: bytes) -> Answer | None:
    del body
    return trouble if path == "/upload" and not before else None


class TestMethods:
    def test_store_find_show_and_delete_an_image(self, client: Client, file: Path) -> None:
        image = client.upload(file, caption="By the sea", tags=["sea", "sun"], album="Python")
        assert not image.duplicate
        assert (image.caption, image.tags, image.album) == ("By the sea", ("sea", "sun"), "Python")
        assert client.upload(file).duplicate
        assert client.check([image.sha256, "0" * 64]) == {image.sha256: image.id}
        assert [each.id for each in client.list(album="Python")] == [image.id]
        assert [each.id for each in client.random(album="Python")] == [image.id]
        assert client.details(image.id).frames == 1
        copy = BytesIO()
        assert client.download(image.id, copy) == "image/jpeg"
        assert copy.getvalue() == client.fetch(image.id).data
        assert copy.getvalue().startswith(b"\xff\xd8\xff")
        client.delete(image.id)
        with pytest.raises(APIError, match="There is no such image") as caught:
            client.details(image.id)
        assert (caught.value.status, caught.value.code) == (404, "image_not_found")

    def test_upload_sends_all_fields(self, client: Client, file: Path) -> None:
        fields = {'Camera\'s "name"': "X", "size\\shape": "4"}
        image = client.upload(file, taken_at="2024-05-01T12:30:00+02:00", filename="other.jpg", extra=fields)
        assert image.taken_at is not None
        assert image.taken_at.isoformat() == "2024-05-01T12:30:00+02:00"
        assert image.filename == "other.jpg"
        assert list(image.extra.values()) == ["X", "4"]

    def test_update_changes_removes_and_keeps_fields(self, client: Client, file: Path) -> None:
        image = client.upload(file, caption="Old", tags="a, b", album="Kept")
        changed = client.update(image.id, caption="New", tags=None)
        assert (changed.caption, changed.tags, changed.album) == ("New", (), "Kept")
        assert client.update(image.id, tags=["c"], caption=None, taken_at=image.uploaded_at).caption is None
        again = client.details(image.id)
        assert (again.tags, again.taken_at, again.album) == (("c",), image.uploaded_at.replace(microsecond=0), "Kept")

    def test_details_have_the_position_only_if_it_is_asked_for(self, client: Client, file: Path) -> None:
        file.write_bytes(jpeg(photo(90, 60, seed=5400), exif=exif_bytes(gps=(52.5, 13.4))))
        image = client.upload(file)
        assert "gps" not in client.details(image.id).exif
        assert "gps" in client.details(image.id, position=True).exif

    def test_inspect_describes_a_file_without_storing_it(self, client: Client, file: Path) -> None:
        inspection = client.inspect(file)
        assert (inspection.size, inspection.format) == ((90, 60), "jpeg")
        assert client.check([inspection.sha256]) == {}
        assert client.upload(file).id == inspection.id

    def test_thumbnail_follows_the_redirect(self, client: Client, runner: Runner, file: Path) -> None:
        image = client.upload(file)
        runner.wait_until_ready(image.id)
        thumbnail = client.thumbnail(image.id, width=160)
        assert (thumbnail.content_type, thumbnail.data[8:12]) == ("image/webp", b"WEBP")

    def test_a_ticket_uploads_a_file_past_the_functions(self, client: Client, file: Path) -> None:
        data = file.read_bytes()
        ticket = client.create_ticket(content_type="image/jpeg", bytes=len(data), filename="t.jpg", tags=["ticket"])
        assert (ticket.state, client.ticket(ticket.ticket).state) == ("pending", "pending")
        upload = ticket.upload
        sent = requests.request(upload.method, upload.url, data=data, headers=dict(upload.headers), timeout=30)
        assert sent.ok
        while (current := client.ticket(ticket.ticket)).state == "pending":
            pass
        assert current.image is not None
        assert (current.state, current.image.filename, current.image.tags) == ("stored", "t.jpg", ("ticket",))

    def test_stats_have_the_most_viewed_images(self, client: Client, runner: Runner, file: Path) -> None:
        image, stats = client.upload(file), client.stats()
        assert stats.formats["jpeg"].images >= 1
        viewed = {**stats.raw, "top": [{"views": 3, **image.raw}]}  # the service writes its counts once a minute
        answer = Answer(200, {}, json.dumps(viewed).encode())
        with gateway(runner.port, lambda *_: answer) as between, Client(between.address, KEY) as other:
            assert [(each.views, each.id) for each in other.stats().top] == [(3, image.id)]

    def test_cover_every_route_of_the_service(self, recorder: Gateway, runner: Runner, file: Path) -> None:
        with Client(recorder.address, KEY) as client:
            image = client.upload(file)
            client.ticket(client.create_ticket(content_type="image/jpeg", bytes=1).ticket)
            client.fetch(image.id)
            client.details(image.id)
            runner.wait_until_ready(image.id)
            client.thumbnail(image.id)
            client.update(image.id, caption="new")
            list(client.list(1))
            client.random()
            client.inspect(file)
            client.stats()
            client.delete(image.id)
        seen = {(method, path.partition("?")[0]) for method, path, *_ in recorder.seen}
        for route in ROUTES:
            pattern = re.compile(re.sub(r"\{\w+\}", r"[^/]+", route.path))
            assert any(method in route.methods and pattern.fullmatch(path) for method, path in seen), route


class TestList:
    def test_is_read_again_by_each_iteration_and_page_by_page(
        self, client: Client, recorder: Gateway, tmp_path: Path
    ) -> None:
        for number in range(3):
            (tmp_path / "each.jpg").write_bytes(jpeg(photo(8, 16, seed=5300 + number)))
            client.upload(tmp_path / "each.jpg", album="pages")
        with Client(recorder.address) as other:
            images = other.list(album="pages")
            assert len(list(images)) == len(list(images)) == 3
            (page,) = other.list(2, album="pages").pages()
            assert len(page.images) == 2
            rest = other.list(album="pages", page_token=page.next_page_token)
            assert [each.id for each in page.images] + [each.id for each in rest] == [each.id for each in images]
            assert next(iter(other.list(1, order="oldest", album="pages"))) == list(images)[-1]


class TestUpload:
    def test_takes_tags_as_one_text_too(self, client: Client, file: Path) -> None:
        assert client.upload(file, tags="sea, sun").tags == ("sea", "sun")

    def test_tells_a_duplicate_from_its_own_attempt_after_any_failure(self, runner: Runner, file: Path) -> None:
        busy = Answer(503, body=b'{"status": 503, "code": "unavailable", "detail": "Later."}')
        for trouble in (busy, LOST):
            file.write_bytes(jpeg(photo(90, 60, seed=8000 + trouble.status)))
            rule = partial(first_upload, trouble)
            with gateway(runner.port, rule) as between, Client(between.address, KEY) as client:
                assert not client.upload(file).duplicate
            with gateway(runner.port, rule) as between, Client(between.address, KEY) as client:
                assert client.upload(file).duplicate
                assert between.uploads() == 0

    def test_replaces_text_that_cannot_be_sent(self, client: Client, file: Path) -> None:
        image = client.upload(file, caption="a \ud800", tags=["\udcff"], album="\udfff")
        assert (image.caption, image.tags, image.album) == ("a \ufffd", ("\ufffd",), "\ufffd")
        with pytest.raises(APIError, match="The image id is malformed"):
            client.details("\ud800")

    def test_of_a_file_that_cannot_be_read_raises(self, client: Client, tmp_path: Path) -> None:
        with pytest.raises(FileReadError, match=r"^The file cannot be read: No such file or directory\.$"):
            client.upload(tmp_path / "missing.jpg")


def test_delete_recognizes_that_an_attempt_whose_answer_was_lost_has_deleted(
    client: Client, file: Path, runner: Runner
) -> None:
    image = client.upload(file)

    def rule(path: str, before: int, body: bytes) -> Answer | None:
        del body
        return LOST if path.startswith("/delete/") and not before else None

    with gateway(runner.port, rule) as between, Client(between.address, KEY) as other:
        other.check()
        other.delete(image.id)
        assert client.check([image.sha256]) == {}
        with pytest.raises(APIError, match="There is no such image"):
            other.delete(image.id)


class TestLimits:
    """The limits that the client declares are those of the service."""

    @pytest.mark.parametrize(
        ("field", "allowed", "refused"),
        [
            ("caption", "x" * MAX_CAPTION, "x" * (MAX_CAPTION + 1)),
            ("album", "x" * MAX_ALBUM, "x" * (MAX_ALBUM + 1)),
            ("filename", "x" * MAX_FILENAME, "x" * (MAX_FILENAME + 1)),
            ("tags", ["x" * MAX_TAG], ["x" * (MAX_TAG + 1)]),
            ("tags", [*map(str, range(MAX_TAGS))], [*map(str, range(MAX_TAGS + 1))]),
        ],
    )
    def test_of_fields(self, client: Client, file: Path, field: str, allowed: Any, refused: Any) -> None:
        image = client.upload(file)
        client.update(image.id, **{field: allowed})
        with pytest.raises(APIError) as caught:
            client.update(image.id, **{field: refused})
        assert caught.value.status == 400

    @pytest.mark.parametrize(("path", "name", "most"), [("/random", "count", MAX_RANDOM), ("/list", "limit", MAX_PAGE)])
    def test_of_parameters(self, client: Client, file: Path, path: str, name: str, most: int) -> None:
        client.upload(file)
        assert client.transport.send("GET", path, params={name: most}).ok
        with pytest.raises(APIError, match=f"from 1 to {most}"):
            client.transport.send("GET", path, params={name: most + 1})


class TestErrors:
    def test_of_the_service_have_the_problem_the_request_and_the_response(self, client: Client) -> None:
        with pytest.raises(APIError) as caught:
            client.update("a" * 26, caption="x")
        error = caught.value
        assert (error.status, error.code, error.detail) == (404, "image_not_found", str(error))
        assert error.request is not None
        assert (error.request.method, error.request.path_url) == ("PATCH", f"/update/{'a' * 26}")
        assert error.response is not None
        assert error.response.json()["code"] == error.code

    def test_of_the_connection_have_the_request(self) -> None:
        with (
            Client("http://127.0.0.1:1") as client,
            pytest.raises(APIConnectionError, match=r"No answer from http://127\.0\.0\.1:1") as caught,
        ):
            client.details("x")
        assert not caught.value.transient
        assert caught.value.request is not None
        assert caught.value.request.url == "http://127.0.0.1:1/fetch/x/details"
        assert caught.value.response is None

    def test_of_a_service_that_stays_unavailable_have_the_last_failure_as_cause(self, runner: Runner) -> None:
        busy = Answer(503, body=b'{"status": 503, "code": "unavailable", "detail": "Later."}')
        with (
            gateway(runner.port, lambda *_: busy) as between,
            Client(between.address, retry=RetryPolicy(total=0)) as client,
            pytest.raises(ServiceUnavailable, match=r"^The service is not available: Later\.$") as caught,
        ):
            client.random()
        assert isinstance(caught.value.__cause__, APIError)
        assert caught.value.response is caught.value.__cause__.response
        assert len(between.seen) == 1

    def test_of_another_service_name_the_member_that_is_wrong(self, runner: Runner) -> None:
        page = Answer(200, {}, b'{"images": [{"id": "x", "url": 7}]}')
        with (
            gateway(runner.port, lambda *_: page) as between,
            Client(between.address) as client,
            pytest.raises(UnexpectedResponse, match=r"\(images\[0\]\.url has the wrong type\)"),
        ):
            list(client.list())

    def test_can_be_pickled(self) -> None:
        error = APIError("No.", status=403, code="forbidden", retry_after=2.0)
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
        assert (str(copy), copy.status, copy.code, copy.retry_after) == ("No.", 403, "forbidden", 2.0)
        broken = pickle.loads(pickle.dumps(APIConnectionError("No.", transient=False)))  # noqa: S301
        assert not broken.transient


class TestClose:
    def test_ends_the_client(self, runner: Runner) -> None:
        with Client(runner.address) as client:
            list(client.list(1))
        with pytest.raises(RuntimeError, match="The client is closed"):
            client.random()

    def test_closes_the_connections_of_all_threads(self, recorder: Gateway) -> None:
        client = Client(recorder.address)
        list(client.list(1))
        (session,) = client.transport._sessions
        closed: list[bool] = []
        session.close = lambda: closed.append(True)  # type: ignore[method-assign]
        client.close()
        assert closed == [True]
