"""Failing networks, and services that are busy, older, or not an Image Repo."""

import errno
import json
import os
import signal
from hashlib import sha256
from io import FileIO
from pathlib import Path

import pytest

from image_repo.errors import FileReadError
from image_repo.multipart import RequestBody
from image_repo.transport import Transport
from tests.cable import cable
from tests.client.gateway import LOST, Answer, gateway
from tests.client.tool import Tool, put_photos
from tests.photos import photo, png
from tests.processes import KEY, Runner

OLD = Answer(
    404, body=b'{"status": 404, "code": "route_not_found", "detail": "There is nothing at this path. Check the URL."}'
)


def problem(status: int, code: str, **headers: str) -> Answer:
    body = {"status": status, "code": code, "detail": f"This is {code}."}
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, json.dumps(body).encode())


@pytest.mark.parametrize(
    "trouble",
    [
        problem(429, "too_many_requests", Retry_After="1"),
        problem(503, "unavailable", Retry_After="1"),
        problem(409, "conflict"),
        problem(400, "incomplete_body"),
        problem(500, "internal_error"),
        Answer(502, {"Content-Type": "text/html"}, b"<h1>Bad Gateway</h1>"),
        LOST,
    ],
    ids=lambda answer: str(answer.status),
)
def test_transient_failures_are_retried_and_nothing_is_stored_twice(
    trouble: Answer, tmp_path: Path, photos: Path, runner: Runner
) -> None:
    put_photos(photos, 4, seed=1000 * (trouble.status + 1))
    with gateway(runner.port, lambda path, before, _: trouble if path == "/upload" and before < 3 else None) as between:
        lines, summary = Tool(tmp_path, between.address).upload(photos)
    assert (summary["stored"], summary["failed"]) == (4, 0)
    assert {each["state"] for each in lines.values()} == {"stored"}
    assert between.uploads() == (4 if trouble is LOST else 7)  # a file that arrived is not sent again


def test_a_permanent_failure_of_one_photo_does_not_affect_the_others(
    tmp_path: Path, photos: Path, runner: Runner
) -> None:
    put_photos(photos, 6, seed=100)
    cursed = (photos / "02.jpg").read_bytes()
    fault = problem(500, "internal_error")
    with gateway(runner.port, lambda path, _, body: fault if path == "/upload" and cursed in body else None) as between:
        lines, summary = Tool(tmp_path, between.address).upload(photos, status=1)
    assert (summary["stored"], summary["failed"], summary["complete"]) == (5, 1, True)
    assert lines["02.jpg"]["detail"] == "This is internal_error."


def test_a_permanent_failure_of_all_photos_ends_the_run(tmp_path: Path, photos: Path, runner: Runner) -> None:
    put_photos(photos, 6, seed=150)
    fault = problem(503, "unavailable")
    with gateway(runner.port, lambda path, *_: fault if path == "/upload" else None) as between:
        tool = Tool(tmp_path, between.address)
        _, summary = tool.upload(photos, "--jobs", "1", "--patience", "1", status=1)
    assert (summary["stored"], summary["failed"]) == (0, 1)
    assert "did not become available within 1 seconds" in summary["detail"]
    assert between.uploads() > 1
    assert "Run the same command again to continue." in summary["detail"]


def test_an_older_service_without_a_lookup_gets_all_files(tmp_path: Path, photos: Path, runner: Runner) -> None:
    put_photos(photos, 3, seed=200)
    with gateway(runner.port, lambda path, *_: OLD if path == "/upload/check" else None) as between:
        tool = Tool(tmp_path, between.address)
        assert tool.upload(photos)[1]["stored"] == 3
        assert tool.upload(photos)[1]["present"] == 3
    assert between.uploads() == 6


def test_an_older_service_without_statistics_is_named_as_such(tmp_path: Path, runner: Runner) -> None:
    with gateway(runner.port, lambda *_: OLD) as between:
        assert (
            "has no statistics, because it is older than this client"
            in Tool(tmp_path, between.address).run("stats", status=1).stderr
        )


def test_a_file_that_changes_before_it_is_sent_is_not_cached_as_a_duplicate(
    tool: Tool, photos: Path, runner: Runner
) -> None:
    changing, before = photos / "changing.png", png(photo(64, 48, seed=250))
    after = [png(photo(64, 48, seed=251), compress_level=level) for level in (1, 9)]
    (photos / "stored.png").write_bytes(after[0])
    tool.upload(photos / "stored.png")
    changing.write_bytes(before)

    def rule(path: str, earlier: int, body: bytes) -> Answer | None:
        del path, earlier
        if sha256(before).hexdigest().encode() in body and len(after) > 1:
            changing.write_bytes(after.pop())
        return None

    with gateway(runner.port, rule) as between:
        tool.api = between.address
        assert tool.upload(changing)[0]["changing.png"]["state"] == "present"
        changing.write_bytes(before)
        assert tool.upload(changing)[0]["changing.png"]["state"] == "stored"


class BrokenDisk(FileIO):
    """A file on a disk that fails."""

    def read(self, size: int | None = -1, /) -> bytes:
        del size
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_a_failing_disk_is_not_reported_as_a_failing_network(runner: Runner) -> None:
    with (
        BrokenDisk(__file__) as file,
        Transport(runner.address, KEY) as transport,
        pytest.raises(FileReadError, match=r"^The file cannot be read: Input/output error\.$"),
    ):
        transport.send("POST", "/upload", authenticated=True, data=RequestBody(file, lambda _: None))


TELL_WAITS = """
import os
from image_repo.cancellation import Cancellation

wait = Cancellation.wait
Cancellation.wait = lambda self, seconds: os.write(2, b"waits\\n") and wait(self, seconds)
"""
"""The command prints a line before it waits to try again."""


def test_a_run_waits_for_a_network_that_returns_in_time(tmp_path: Path, photos: Path, runner: Runner) -> None:
    put_photos(photos, 40, seed=300)
    with cable(f"127.0.0.1:{runner.port}") as line:
        tool = Tool(tmp_path, f"http://{line.host}")
        with tool.start("upload", "--json", photos, prepare=TELL_WAITS) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            first = process.stdout.readline()
            line.cut()
            for _ in range(5):
                assert process.stderr.readline() == "waits\n"
            line.restore()
            out, err = process.communicate(timeout=30)
        assert process.returncode == 0, err
    summary = json.loads(out.splitlines()[-1])["summary"]
    assert json.loads(first)["state"] == "stored"
    assert (summary["stored"], summary["failed"]) == (40, 0)


def test_a_network_that_does_not_return_ends_the_run_with_advice(tmp_path: Path, photos: Path, runner: Runner) -> None:
    put_photos(photos, 60, seed=400)
    with cable(f"127.0.0.1:{runner.port}") as line:
        tool = Tool(tmp_path, f"http://{line.host}")
        with tool.start("upload", "--json", "--patience", "1", photos) as process:
            assert process.stdout is not None
            process.stdout.readline()
            line.cut()
            out, _ = process.communicate(timeout=30)
        assert process.returncode == 1
        summary = json.loads(out.splitlines()[-1])["summary"]
        assert "Run the same command again to continue." in summary["detail"]
        line.restore()
        _, again = tool.upload(photos)
        assert again["stored"] + again["present"] == 60


SHORT_GRACE = """
from image_repo.cancellation import Cancellation

Cancellation.__init__.__defaults__ = (0.1,)
"""


def test_ctrl_c_ends_a_run_whose_connections_hang(tmp_path: Path, photos: Path, runner: Runner) -> None:
    put_photos(photos, 60, seed=500)
    with cable(f"127.0.0.1:{runner.port}") as line:
        tool = Tool(tmp_path, f"http://{line.host}")
        with tool.start("upload", photos, prepare=SHORT_GRACE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            line.hold()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
        assert process.returncode == 130
    assert "Traceback" not in err
    assert out.splitlines()[-1] == "Interrupted. Run the same command again to continue."


def test_a_run_ends_at_once_if_the_service_asks_to_wait_longer_than_its_patience(
    tmp_path: Path, photos: Path, runner: Runner
) -> None:
    put_photos(photos, 2, seed=550)
    later = problem(429, "too_many_requests", Retry_After="3600")
    with gateway(runner.port, lambda path, *_: later if path == "/upload" else None) as between:
        _, summary = Tool(tmp_path, between.address).upload(photos, status=1)
    assert summary["detail"].startswith("The service asks to wait 3,600 seconds: This is too_many_requests.")


def test_a_key_that_is_revoked_during_the_run_ends_it(tmp_path: Path, photos: Path, runner: Runner) -> None:
    put_photos(photos, 60, seed=600)
    revoked = problem(401, "unknown_key")
    with gateway(runner.port, lambda path, before, _: revoked if path == "/upload" and before > 5 else None) as between:
        _, summary = Tool(tmp_path, between.address).upload(photos, status=1)
    assert summary["detail"] == "This is unknown_key."
    assert between.uploads() < 15


def test_the_key_is_sent_to_the_service_alone(tmp_path: Path, photos: Path, runner: Runner) -> None:
    put_photos(photos, 1, seed=700)
    with gateway(runner.port, lambda *_: None) as elsewhere:
        moved = Answer(302, {"Location": f"{elsewhere.address}/list"})
        with gateway(runner.port, lambda *_: moved) as between:
            tool = Tool(tmp_path, between.address)
            done = tool.run("upload", photos, status=1)
            assert f"redirects to {elsewhere.address}/list. Give the address of the service itself." in done.stderr
            tool.run("list", "--limit", 1)
    assert [each[3] for each in elsewhere.seen] == [None]
    assert KEY in {each[3] for each in between.seen}


def test_a_redirect_to_an_invalid_address_is_one_message(tmp_path: Path, runner: Runner) -> None:
    with gateway(runner.port, lambda *_: Answer(302, {"Location": "http://a..b/list"})) as between:
        errors = Tool(tmp_path, between.address).run("list", status=1).stderr
    assert len(errors.splitlines()) == 1
    assert "is not a valid address" in errors


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"known": 7}', b"{}"])
def test_another_service_is_recognized(tmp_path: Path, photos: Path, runner: Runner, body: bytes) -> None:
    put_photos(photos, 1, seed=800)
    with gateway(runner.port, lambda *_: Answer(200, {"Content-Type": "text/html"}, body)) as stranger:
        tool = Tool(tmp_path, stranger.address)
        for command in (["upload", photos], ["list"], ["stats"], ["random"], ["get", "x"]):
            message = tool.run(*command, status=1).stderr
            assert "answered 200 OK, but not as an Image Repo does (" in message
            assert message.endswith("). Check the address.\n")
            assert len(message.splitlines()) == 1
