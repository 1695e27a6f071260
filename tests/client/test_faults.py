"""Networks that break, services that are busy, old, or not the right ones."""

import errno
import json
import os
import signal
import time
from hashlib import sha256
from io import FileIO
from pathlib import Path

import pytest

from image_repo.body import Body
from image_repo.errors import CannotRead
from image_repo.link import Link
from tests.cable import cable
from tests.client.gateway import LOST, Answer, gateway
from tests.client.tool import Tool
from tests.photos import jpeg, photo, png
from tests.processes import KEY, Runner

OLD = Answer(404, body=b'{"status": 404, "code": "route_not_found", "detail": "There is nothing at this path."}')


def make_photos(folder: Path, count: int, seed: int) -> None:
    for number in range(count):
        (folder / f"{number:02}.jpg").write_bytes(jpeg(photo(64, 48, seed=seed + number)))


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
def test_what_passes_is_tried_again_and_nothing_is_stored_twice(
    trouble: Answer, tmp_path: Path, photos: Path, runner: Runner
) -> None:
    make_photos(photos, 4, seed=1000 * (trouble.status + 1))
    with gateway(runner.port, lambda path, before, _: trouble if path == "/upload" and before < 3 else None) as between:
        began = time.monotonic()
        lines, summary = Tool(tmp_path, between.address).upload(photos)
        if "Retry-After" in trouble.headers:
            assert time.monotonic() - began > 1
    assert (summary["stored"], summary["failed"]) == (4, 0)
    assert {each["state"] for each in lines.values()} == {"stored"}
    assert between.uploads() == (4 if trouble is LOST else 7)  # what arrived is not sent again


def test_a_fault_that_stays_with_one_photo_fails_it_and_not_the_others(
    tmp_path: Path, photos: Path, runner: Runner
) -> None:
    make_photos(photos, 6, seed=100)
    cursed = (photos / "02.jpg").read_bytes()
    fault = problem(500, "internal_error")
    with gateway(runner.port, lambda path, _, body: fault if path == "/upload" and cursed in body else None) as between:
        lines, summary = Tool(tmp_path, between.address).upload(photos, status=1)
    assert (summary["stored"], summary["failed"], summary["complete"]) == (5, 1, True)
    assert lines["02.jpg"]["detail"] == "This is internal_error."


def test_a_fault_that_stays_with_all_of_them_ends_the_run(tmp_path: Path, photos: Path, runner: Runner) -> None:
    make_photos(photos, 6, seed=150)
    fault = problem(503, "unavailable")
    with gateway(runner.port, lambda path, *_: fault if path == "/upload" else None) as between:
        tool = Tool(tmp_path, between.address)
        began = time.monotonic()
        _, summary = tool.upload(photos, "--jobs", "1", "--patience", "2", status=1)
    assert time.monotonic() - began < 15
    assert (summary["stored"], summary["failed"]) == (0, 1)
    assert "is away for more than 2 seconds" in summary["detail"]
    assert "Run the same command again" in summary["detail"]


def test_an_older_service_without_a_check_is_sent_everything(tmp_path: Path, photos: Path, runner: Runner) -> None:
    make_photos(photos, 3, seed=200)
    with gateway(runner.port, lambda path, *_: OLD if path == "/upload/check" else None) as between:
        tool = Tool(tmp_path, between.address)
        assert tool.upload(photos)[1]["stored"] == 3
        assert tool.upload(photos)[1]["present"] == 3
    assert between.uploads() == 6


def test_an_older_service_without_statistics_says_so(tmp_path: Path, runner: Runner) -> None:
    with gateway(runner.port, lambda *_: OLD) as between:
        assert "keeps no statistics" in Tool(tmp_path, between.address).run("stats", status=1).stderr


def test_a_file_that_changes_before_it_is_sent_is_not_taken_for_what_it_was(
    tool: Tool, photos: Path, runner: Runner
) -> None:
    changing, before = photos / "changing.png", png(photo(64, 48, seed=250))
    after = [png(photo(64, 48, seed=251), compress_level=level) for level in (1, 9)]
    (photos / "stored.png").write_bytes(after[0])
    tool.upload(photos / "stored.png")
    changing.write_bytes(before)

    def rule(path: str, looks: int, body: bytes) -> Answer | None:
        del path, looks
        if sha256(before).hexdigest().encode() in body and len(after) > 1:
            changing.write_bytes(after.pop())
        return None

    with gateway(runner.port, rule) as between:
        tool.api = between.address
        assert tool.upload(changing)[0]["changing.png"]["state"] == "present"
        changing.write_bytes(before)
        assert tool.upload(changing)[0]["changing.png"]["state"] == "stored"


class BrokenDisk(FileIO):
    """A file whose bytes cannot be read any more."""

    def read(self, size: int | None = -1, /) -> bytes:
        del size
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_a_disk_that_fails_is_not_taken_for_a_network_that_does(runner: Runner) -> None:
    with (
        BrokenDisk(__file__) as file,
        pytest.raises(CannotRead, match=r"^The file cannot be read: Input/output error\.$"),
    ):
        Link(runner.address, KEY).once("POST", "/upload", keyed=True, data=Body(file, lambda _: None))


def test_a_network_that_comes_back_in_time_is_waited_for(tmp_path: Path, photos: Path, runner: Runner) -> None:
    make_photos(photos, 40, seed=300)
    with cable(f"127.0.0.1:{runner.port}") as line:
        with Tool(tmp_path, f"http://{line.host}").start("upload", "--json", photos) as process:
            assert process.stdout is not None
            first = process.stdout.readline()
            line.cut()
            time.sleep(1.5)
            line.mend()
            out, err = process.communicate(timeout=30)
        assert process.returncode == 0, err
    summary = json.loads(out.splitlines()[-1])["summary"]
    assert json.loads(first)["state"] == "stored"
    assert (summary["stored"], summary["failed"]) == (40, 0)


def test_a_network_that_stays_away_ends_the_run_with_what_to_do(tmp_path: Path, photos: Path, runner: Runner) -> None:
    make_photos(photos, 60, seed=400)
    with cable(f"127.0.0.1:{runner.port}") as line:
        tool = Tool(tmp_path, f"http://{line.host}")
        with tool.start("upload", "--json", "--patience", "2", photos) as process:
            assert process.stdout is not None
            process.stdout.readline()
            line.cut()
            began = time.monotonic()
            out, _ = process.communicate(timeout=30)
        assert process.returncode == 1
        assert time.monotonic() - began < 15
        summary = json.loads(out.splitlines()[-1])["summary"]
        assert "Run the same command again: it goes on where it stopped." in summary["detail"]
        line.mend()
        _, again = tool.upload(photos)
        assert again["stored"] + again["present"] == 60


def test_ctrl_c_ends_a_run_whose_connections_hang(tmp_path: Path, photos: Path, runner: Runner) -> None:
    make_photos(photos, 60, seed=500)
    with cable(f"127.0.0.1:{runner.port}") as line:
        with Tool(tmp_path, f"http://{line.host}").start("upload", photos) as process:
            assert process.stdout is not None
            process.stdout.readline()
            line.hold()
            time.sleep(0.5)
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
        assert process.returncode == 130
        assert time.monotonic() - began < 8
    assert "Traceback" not in err
    assert out.splitlines()[-1] == "Interrupted. Run the same command again: it goes on where it stopped."


def test_a_service_that_asks_to_come_back_much_later_is_believed_at_once(
    tmp_path: Path, photos: Path, runner: Runner
) -> None:
    make_photos(photos, 2, seed=550)
    later = problem(429, "too_many_requests", Retry_After="3600")
    with gateway(runner.port, lambda path, *_: later if path == "/upload" else None) as between:
        _, summary = Tool(tmp_path, between.address).upload(photos, status=1)
    assert summary["detail"].startswith("The service asks to come back in 3,600 seconds: This is too_many_requests.")


def test_a_key_that_is_revoked_meanwhile_ends_the_run(tmp_path: Path, photos: Path, runner: Runner) -> None:
    make_photos(photos, 60, seed=600)
    revoked = problem(401, "unknown_key")
    with gateway(runner.port, lambda path, before, _: revoked if path == "/upload" and before > 5 else None) as between:
        _, summary = Tool(tmp_path, between.address).upload(photos, status=1)
    assert summary["detail"] == "This is unknown_key."
    assert between.uploads() < 15


def test_the_key_goes_nowhere_but_to_the_service(tmp_path: Path, photos: Path, runner: Runner) -> None:
    make_photos(photos, 1, seed=700)
    with gateway(runner.port, lambda *_: None) as elsewhere:
        moved = Answer(302, {"Location": f"{elsewhere.address}/list"})
        with gateway(runner.port, lambda *_: moved) as between:
            tool = Tool(tmp_path, between.address)
            done = tool.run("upload", photos, status=1)
            assert f"redirects to {elsewhere.address}/list: give the address of the service itself." in done.stderr
            tool.run("list", "--limit", 1)
    assert [each[3] for each in elsewhere.seen] == [None]
    assert KEY in {each[3] for each in between.seen}


def test_a_redirect_to_nowhere_is_said_in_one_sentence(tmp_path: Path, runner: Runner) -> None:
    with gateway(runner.port, lambda *_: Answer(302, {"Location": "http://a..b/list"})) as between:
        complaints = Tool(tmp_path, between.address).run("list", status=1).stderr
    assert len(complaints.splitlines()) == 1
    assert "is no address" in complaints


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"known": 7}', b"{}"])
def test_another_service_is_told_from_ours(tmp_path: Path, photos: Path, runner: Runner, body: bytes) -> None:
    make_photos(photos, 1, seed=800)
    with gateway(runner.port, lambda *_: Answer(200, {"Content-Type": "text/html"}, body)) as stranger:
        tool = Tool(tmp_path, stranger.address)
        for command in (["upload", photos], ["list"], ["stats"], ["random"], ["get", "x"]):
            sentence = tool.run(*command, status=1).stderr
            assert "not as an Image Repo does" in sentence
            assert len(sentence.splitlines()) == 1
