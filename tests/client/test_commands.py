"""`image-repo list`, `random`, `get`, `delete` and `stats`; and the same from Python."""

import json
import os
import stat
from functools import partial
from io import BytesIO
from pathlib import Path
from zlib import crc32

import pytest

from image_repo import Client, Problem, Unanswered
from tests.client.gateway import LOST, Answer, gateway
from tests.client.tool import Tool
from tests.photos import avif, jpeg, photo
from tests.processes import KEY, Runner


@pytest.fixture
def client(runner: Runner) -> Client:
    return Client(runner.address, KEY)


@pytest.fixture
def file(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "a photo.jpg"
    path.write_bytes(jpeg(photo(90, 60, seed=crc32(request.node.name.encode()))))
    return path


def test_list_pages_through_all_and_narrows(tool: Tool, client: Client, tmp_path: Path) -> None:
    for number in range(105):
        path = tmp_path / f"{number:03}.jpg"
        path.write_bytes(jpeg(photo(8, 8, seed=5000 + number)))
        client.upload(path, album="paged", tags=["even"] if number % 2 == 0 else [])
    names = [each["filename"] for each in tool.images("--album", "paged")]
    assert names == [f"{number:03}.jpg" for number in reversed(range(105))]
    assert len(tool.images("--album", "paged", "--tag", "even")) == 53
    assert [each["filename"] for each in tool.images("--album", "paged", "--order", "oldest", "--limit", 2)] == names[
        :-3:-1
    ]
    lines = tool.run("list", "--album", "paged", "--limit", 3).stdout.splitlines()
    assert len(lines) == 3
    assert "8x8" in lines[0]
    assert "paged/104.jpg" in lines[0]


def test_list_asks_for_no_more_than_it_prints(client: Client, runner: Runner, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / "few.jpg").write_bytes(jpeg(photo(8, 12, seed=5200 + number)))
        client.upload(tmp_path / "few.jpg", album="few")
    with gateway(runner.port, lambda *_: None) as between:
        lines = Tool(tmp_path, between.address).images("--album", "few", "--limit", 2)
        assert len(lines) == len([*Client(between.address).list(2, album="few")]) == 2
    assert [each[1] for each in between.seen] == ["/list?limit=2&album=few"] * 2


def test_random_draws_different_ones(tool: Tool, client: Client, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / "drawn.jpg").write_bytes(jpeg(photo(12, 8, seed=6000 + number)))
        client.upload(tmp_path / "drawn.jpg", album="drawn")
    lines = tool.run("random", "--count", 3, "--album", "drawn", "--json").stdout.splitlines()
    assert len({json.loads(each)["id"] for each in lines}) == 3
    assert len(tool.run("random", "--album", "drawn").stdout.splitlines()) == 1
    assert tool.run("random", "--album", "no such", status=1).stderr.count("\n") == 1
    assert "at most 32 can be drawn at once" in tool.run("random", "--count", 33, status=2).stderr


def test_get_saves_the_image_under_its_name_and_never_over_another(
    tool: Tool, client: Client, file: Path, tmp_path: Path
) -> None:
    image = client.upload(file)
    (tmp_path / "in").mkdir()
    done = tool.run("get", image["id"], cwd=tmp_path / "in")
    saved = tmp_path / "in/a photo.jpg"
    assert done.stdout == "a photo.jpg\n"
    assert saved.read_bytes().startswith(b"\xff\xd8\xff")
    assert stat.S_IMODE(saved.stat().st_mode) == 0o666 & ~_umask()
    refused = tool.run("get", image["id"], cwd=tmp_path / "in", status=1)
    assert "There is a file 'a photo.jpg' already. Say where to save the image: -o FILE" in refused.stderr
    told = json.loads(tool.run("get", image["id"], "-o", tmp_path / "other.jpg", "--json").stdout)
    assert told == {"id": image["id"], "path": str(tmp_path / "other.jpg"), "bytes": saved.stat().st_size}
    assert tool.run("get", image["id"], "-o", "/nowhere/x.jpg", status=1).stderr.count("\n") == 1
    assert sorted(each.name for each in (tmp_path / "in").iterdir()) == ["a photo.jpg"]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_get_names_what_is_shown_in_another_format_by_that(tool: Tool, runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "new.avif").write_bytes(avif(photo(90, 60, seed=7000)))
    image = Client(runner.address, KEY).upload(tmp_path / "new.avif")
    runner.wait_until_ready(image["id"])
    assert tool.run("get", image["id"], cwd=tmp_path).stdout == "new.webp\n"
    assert (tmp_path / "new.webp").read_bytes()[8:12] == b"WEBP"


HOSTILE = ["../../escape.jpg", "/etc/escape.jpg", "..\\escape.jpg", ".escape.jpg"]
NAMELESS = ["", "...", "a/..", "/"]


@pytest.mark.parametrize(
    ("lies", "name"),
    [
        *(({"filename": each}, "escape.jpg") for each in HOSTILE),
        *(({"filename": each}, None) for each in NAMELESS),
        *(({"filename": "", "id": each}, "escape.jpg") for each in HOSTILE),
        *(({"filename": "", "id": each}, "image.jpg") for each in NAMELESS),
    ],
    ids=str,
)
def test_get_never_leaves_its_folder_whatever_a_service_says(
    runner: Runner, client: Client, file: Path, tmp_path: Path, *, lies: dict[str, str], name: str | None
) -> None:
    image = client.upload(file)
    lie = Answer(200, {"Content-Type": "application/json"}, json.dumps({**image, **lies}).encode())
    (tmp_path / "in").mkdir()
    with gateway(runner.port, lambda path, *_: lie if path.endswith("/details") else None) as liar:
        saved = Tool(tmp_path / "home", liar.address).run("get", image["id"], cwd=tmp_path / "in").stdout.strip()
    assert saved == (name or f"{image['id']}.jpg")
    assert [each.name for each in (tmp_path / "in").iterdir()] == [saved]


def test_delete_removes_those_that_it_can(tool: Tool, client: Client, file: Path) -> None:
    image = client.upload(file)
    done = tool.run("delete", "nonsense", image["id"], "--json", status=1)
    assert [json.loads(each)["state"] for each in done.stdout.splitlines()] == ["failed", "deleted"]
    assert "There is no such image" in tool.run("delete", image["id"], status=1).stderr
    assert "Give another key with --key" in tool.run("delete", image["id"], "--key", "wrong", status=1).stderr


def test_what_a_lost_answer_said_of_a_deletion_is_found_out(client: Client, file: Path, runner: Runner) -> None:
    image = client.upload(file)

    def rule(path: str, before: int, body: bytes) -> Answer | None:
        del body
        return LOST if path.startswith("/delete/") and not before else None

    with gateway(runner.port, rule) as between:
        patient = Client(between.address, KEY)
        patient.known()
        patient.delete(image["id"])
        assert client.known([image["sha256"]]) == {}
        with pytest.raises(Problem, match="There is no such image"):
            patient.delete(image["id"])


def test_get_begins_anew_where_a_connection_breaks(
    tool: Tool, client: Client, file: Path, runner: Runner, tmp_path: Path
) -> None:
    image = client.upload(file)
    tool.run("get", image["id"], "-o", tmp_path / "whole.jpg")
    half = Answer(200, {"Content-Type": "image/jpeg"}, b"half of a", missing=6)

    def rule(path: str, before: int, body: bytes) -> Answer | None:
        del body
        return half if path == f"/fetch/{image['id']}" and not before else None

    with gateway(runner.port, rule) as between:
        Tool(tmp_path / "home", between.address).run("get", image["id"], "-o", tmp_path / "again.jpg")
    assert (tmp_path / "again.jpg").read_bytes() == (tmp_path / "whole.jpg").read_bytes()


def test_stats_tell_how_much_there_is(tool: Tool, client: Client, file: Path) -> None:
    client.upload(file)
    told = json.loads(tool.run("stats", "--json").stdout)
    assert told["images"] >= 1
    words = tool.run("stats").stdout
    assert words.startswith(f"{told['images']:,} images, ")
    assert "jpeg" in words


def _at_first(trouble: Answer, path: str, before: int, body: bytes) -> Answer | None:
    del body
    return trouble if path == "/upload" and not before else None


class TestOptionsOfAllCommands:
    def test_may_stand_before_the_command(self, tool: Tool, runner: Runner) -> None:
        tool.environment = {"IMAGE_REPO_API": "http://127.0.0.1:1", "IMAGE_REPO_KEY": "wrong"}
        options = ["--api", runner.address, "--key", KEY, "--json", "--patience", 5]
        for arguments in ([*options, "stats"], [*options[:4], "stats", *options[4:]], ["stats", *options]):
            assert json.loads(tool.run(*arguments).stdout)["images"] >= 0

    def test_hold_as_they_stand_last(self, tool: Tool) -> None:
        tool.run("--key", "wrong", "--api", "http://127.0.0.1:1", "stats", "--key", KEY, "--api", tool.api)


class TestClient:
    def test_stores_finds_shows_and_deletes(self, client: Client, file: Path) -> None:
        image = client.upload(file, caption="By the sea", tags=["sea", "sun"], album="Python")
        assert not image["duplicate"]
        assert (image["caption"], image["tags"], image["album"]) == ("By the sea", ["sea", "sun"], "Python")
        assert client.upload(file)["duplicate"]
        assert client.known([image["sha256"], "0" * 64]) == {image["sha256"]: image["id"]}
        assert [each["id"] for each in client.list(album="Python")] == [image["id"]]
        assert [each["id"] for each in client.random(album="Python")] == [image["id"]]
        assert client.details(image["id"])["frames"] == 1
        copy = BytesIO()
        assert client.download(image["id"], copy) == "image/jpeg"
        assert copy.getvalue().startswith(b"\xff\xd8\xff")
        client.delete(image["id"])
        with pytest.raises(Problem, match="There is no such image") as caught:
            client.details(image["id"])
        assert (caught.value.status, caught.value.code) == (404, "image_not_found")

    def test_takes_tags_as_one_text_too(self, client: Client, file: Path) -> None:
        assert client.upload(file, tags="sea, sun")["tags"] == ["sea", "sun"]

    def test_tells_a_duplicate_from_its_own_attempt_whatever_goes_wrong(self, runner: Runner, file: Path) -> None:
        busy = Answer(503, body=b'{"status": 503, "code": "unavailable", "detail": "Later."}')
        for trouble in (busy, LOST):
            file.write_bytes(jpeg(photo(90, 60, seed=8000 + trouble.status)))
            with gateway(runner.port, partial(_at_first, trouble)) as between:
                assert not Client(between.address, KEY).upload(file)["duplicate"]
            with gateway(runner.port, partial(_at_first, trouble)) as between:
                assert Client(between.address, KEY).upload(file)["duplicate"]
                assert between.uploads() == 0

    def test_sends_text_whatever_it_is_given(self, client: Client, file: Path) -> None:
        image = client.upload(file, caption="a \ud800", tags=["\udcff"], album="\udfff")
        assert (image["caption"], image["tags"], image["album"]) == ("a \ufffd", ["\ufffd"], "\ufffd")
        with pytest.raises(Problem, match="The image id is malformed"):
            client.details("\ud800")

    def test_says_when_nobody_is_there(self) -> None:
        with pytest.raises(Unanswered, match=r"Nothing answers at http://127\.0\.0\.1:1"):
            Client("http://127.0.0.1:1").details("x")
