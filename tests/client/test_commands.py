"""`image-repo list`, `random`, `get`, `delete` and `stats`."""

import json
import os
import stat
from datetime import datetime
from pathlib import Path
from zlib import crc32

import pytest

from image_repo import Client
from tests.client.gateway import Answer, gateway
from tests.client.tool import Tool
from tests.photos import avif, jpeg, photo
from tests.processes import KEY, Runner


@pytest.fixture
def file(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "a photo.jpg"
    path.write_bytes(jpeg(photo(90, 60, seed=crc32(request.node.name.encode()))))
    return path


def test_list_reads_all_pages_and_filters(tool: Tool, client: Client, tmp_path: Path) -> None:
    for number in range(105):
        path = tmp_path / f"{number:03}.jpg"
        path.write_bytes(jpeg(photo(8, 8, seed=5000 + number)))
        client.upload(path, album="paged", tags=["even"] if number % 2 == 0 else [])
    names = [each["filename"] for each in tool.images("--album", "paged")]
    assert names == [f"{number:03}.jpg" for number in reversed(range(105))]
    assert len(tool.images("--album", "paged", "--tag", "even")) == 53
    oldest = tool.images("--album", "paged", "--order", "oldest", "--limit", 2)
    assert [each["filename"] for each in oldest] == names[:-3:-1]
    lines = tool.run("list", "--album", "paged", "--limit", 3).stdout.splitlines()
    assert len(lines) == 3
    assert "8x8" in lines[0]
    assert "paged/104.jpg" in lines[0]


def test_list_goes_by_the_cameras_clock_and_prints_it(tool: Tool, client: Client, tmp_path: Path) -> None:
    times = {"late.jpg": "2024-07-02T00:00:59+14:00", "early.jpg": "2024-07-01T23:59:59-12:00", "never.jpg": None}
    for number, (name, time) in enumerate(times.items()):
        (tmp_path / name).write_bytes(jpeg(photo(8, 16, seed=5300 + number)))
        image = client.upload(tmp_path / name, album="dated", taken_at=time)
        assert image.taken_at == (None if time is None else datetime.fromisoformat(time))
    lines = tool.run("list", "--album", "dated", "--order", "taken").stdout.splitlines()
    assert [line[52:] for line in lines] == [
        "2024-07-01 23:59  dated/early.jpg",
        "2024-07-02 00:00  dated/late.jpg",
        f"{'':16}  dated/never.jpg",
    ]
    latest = tool.images("--album", "dated", "--order=-taken")
    assert [each["filename"] for each in latest] == ["late.jpg", "early.jpg", "never.jpg"]
    assert [each.filename for each in client.list(album="dated", order="-taken")] == [
        "late.jpg",
        "early.jpg",
        "never.jpg",
    ]


def test_a_time_without_an_offset_is_naive(client: Client, file: Path) -> None:
    image = client.upload(file, taken_at=datetime.fromisoformat("2024-07-01T12:00:00.5"))
    assert image.taken_at == datetime.fromisoformat("2024-07-01T12:00:00")
    zoned = client.update(image.id, taken_at=datetime.fromisoformat("2024-07-01T12:00:00+05:45"))
    assert zoned.taken_at is not None
    assert zoned.taken_at.isoformat() == "2024-07-01T12:00:00+05:45"


def test_list_requests_no_more_images_than_it_prints(client: Client, runner: Runner, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / "few.jpg").write_bytes(jpeg(photo(8, 12, seed=5200 + number)))
        client.upload(tmp_path / "few.jpg", album="few")
    with gateway(runner.port, lambda *_: None) as between, Client(between.address) as other:
        lines = Tool(tmp_path, between.address).images("--album", "few", "--limit", 2)
        assert len(lines) == len([*other.list(2, album="few")]) == 2
    assert [each[1] for each in between.seen] == ["/list?limit=2&album=few"] * 2


def test_json_shows_all_members_even_unknown_ones(runner: Runner, client: Client, file: Path, tmp_path: Path) -> None:
    image = {**client.upload(file).raw, "new_member": {"nested": [1, None]}}
    page = Answer(200, {"Content-Type": "application/json"}, json.dumps({"images": [image]}).encode())
    with gateway(runner.port, lambda *_: page) as newer:
        shown = Tool(tmp_path, newer.address).run("list", "--json").stdout
    assert shown == f"{json.dumps(image)}\n"


def test_random_draws_different_images(tool: Tool, client: Client, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / "drawn.jpg").write_bytes(jpeg(photo(12, 8, seed=6000 + number)))
        client.upload(tmp_path / "drawn.jpg", album="drawn")
    lines = tool.run("random", "--count", 3, "--album", "drawn", "--json").stdout.splitlines()
    assert len({json.loads(each)["id"] for each in lines}) == 3
    assert len(tool.run("random", "--album", "drawn").stdout.splitlines()) == 1
    assert tool.run("random", "--album", "no such", status=1).stderr.count("\n") == 1
    assert "--count: must be at most 32, not 33" in tool.run("random", "--count", 33, status=2).stderr


def test_get_saves_the_image_under_its_name_and_never_over_another_file(
    tool: Tool, client: Client, file: Path, tmp_path: Path
) -> None:
    image = client.upload(file)
    (tmp_path / "in").mkdir()
    done = tool.run("get", image.id, cwd=tmp_path / "in")
    saved = tmp_path / "in/a photo.jpg"
    assert done.stdout == "a photo.jpg\n"
    content = saved.read_bytes()
    assert content.startswith(b"\xff\xd8\xff")
    assert stat.S_IMODE(saved.stat().st_mode) == 0o666 & ~_umask()
    refused = tool.run("get", image.id, cwd=tmp_path / "in", status=1)
    assert "'a photo.jpg' already exists. Choose another file with --output." in refused.stderr
    assert saved.read_bytes() == content
    shown = json.loads(tool.run("get", image.id, "-o", tmp_path / "other.jpg", "--json").stdout)
    assert shown == {"id": image.id, "path": str(tmp_path / "other.jpg"), "bytes": saved.stat().st_size}
    assert tool.run("get", image.id, "-o", "/nowhere/x.jpg", status=1).stderr.count("\n") == 1
    assert sorted(each.name for each in (tmp_path / "in").iterdir()) == ["a photo.jpg"]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_get_names_an_image_that_is_shown_as_webp_accordingly(tool: Tool, runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "new.avif").write_bytes(avif(photo(90, 60, seed=7000)))
    with Client(runner.address, KEY) as client:
        image = client.upload(tmp_path / "new.avif")
    runner.wait_until_ready(image.id)
    assert tool.run("get", image.id, cwd=tmp_path).stdout == "new.webp\n"
    assert (tmp_path / "new.webp").read_bytes()[8:12] == b"WEBP"


HOSTILE = ["../../escape.jpg", "/etc/escape.jpg", "..\\escape.jpg", ".escape.jpg"]
NAMELESS = ["", "...", "a/..", "/"]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        *(({"filename": each}, "escape.jpg") for each in HOSTILE),
        *(({"filename": each}, None) for each in NAMELESS),
        *(({"filename": "", "id": each}, "escape.jpg") for each in HOSTILE),
        *(({"filename": "", "id": each}, "image.jpg") for each in NAMELESS),
    ],
    ids=str,
)
def test_get_never_leaves_its_folder_whatever_the_service_answers(
    runner: Runner, client: Client, file: Path, tmp_path: Path, *, changes: dict[str, str], name: str | None
) -> None:
    image_id = client.upload(file).id
    document = {**client.details(image_id).raw, **changes}
    hostile = Answer(200, {"Content-Type": "application/json"}, json.dumps(document).encode())
    (tmp_path / "in").mkdir()
    with gateway(runner.port, lambda path, *_: hostile if path.endswith("/details") else None) as between:
        saved = Tool(tmp_path / "home", between.address).run("get", image_id, cwd=tmp_path / "in").stdout.strip()
    assert saved == (name or f"{image_id}.jpg")
    assert [each.name for each in (tmp_path / "in").iterdir()] == [saved]


def test_get_starts_again_after_a_connection_breaks(
    tool: Tool, client: Client, file: Path, runner: Runner, tmp_path: Path
) -> None:
    image = client.upload(file)
    tool.run("get", image.id, "-o", tmp_path / "whole.jpg")
    half = Answer(200, {"Content-Type": "image/jpeg"}, b"half of a", missing=6)

    def rule(path: str, before: int, body: bytes) -> Answer | None:
        del body
        return half if path == f"/fetch/{image.id}" and not before else None

    with gateway(runner.port, rule) as between:
        Tool(tmp_path / "home", between.address).run("get", image.id, "-o", tmp_path / "again.jpg")
    assert (tmp_path / "again.jpg").read_bytes() == (tmp_path / "whole.jpg").read_bytes()


def test_get_leaves_nothing_behind_when_it_fails(client: Client, file: Path, runner: Runner, tmp_path: Path) -> None:
    image = client.upload(file)
    half = Answer(200, {"Content-Type": "image/jpeg"}, b"half of a", missing=6)
    (tmp_path / "in").mkdir()
    with gateway(runner.port, lambda path, *_: half if path == f"/fetch/{image.id}" else None) as between:
        tool = Tool(tmp_path / "home", between.address)
        tool.run("get", image.id, "--patience", 0, cwd=tmp_path / "in", status=1)
    assert list((tmp_path / "in").iterdir()) == []


def test_delete_removes_the_images_that_it_can(tool: Tool, client: Client, file: Path) -> None:
    image = client.upload(file)
    done = tool.run("delete", "nonsense", image.id, "--json", status=1)
    assert [json.loads(each)["state"] for each in done.stdout.splitlines()] == ["failed", "deleted"]
    assert "There is no such image" in tool.run("delete", image.id, status=1).stderr
    assert "Give another key with --key" in tool.run("delete", image.id, "--key", "wrong", status=1).stderr


def test_stats_shows_the_numbers_of_the_repository(tool: Tool, client: Client, file: Path) -> None:
    client.upload(file)
    document = json.loads(tool.run("stats", "--json").stdout)
    assert document["images"] >= 1
    shown = tool.run("stats").stdout
    assert shown.startswith(f"{document['images']:,} images, ")
    assert "jpeg" in shown


class TestCommonOptions:
    def test_may_stand_before_the_command(self, tool: Tool, runner: Runner) -> None:
        tool.environment = {"IMAGE_REPO_API": "http://127.0.0.1:1", "IMAGE_REPO_KEY": "wrong"}
        options = ["--api", runner.address, "--key", KEY, "--json", "--patience", 5]
        for arguments in ([*options, "stats"], [*options[:4], "stats", *options[4:]], ["stats", *options]):
            assert json.loads(tool.run(*arguments).stdout)["images"] >= 0

    def test_count_as_given_last(self, tool: Tool) -> None:
        tool.run("--key", "wrong", "--api", "http://127.0.0.1:1", "stats", "--key", KEY, "--api", tool.api)
