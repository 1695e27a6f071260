"""Files that are too large for one request and need an upload ticket; and the memory that uploads take."""

import json
import subprocess
import sys
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from PIL import Image

from tests.client.gateway import LOST, Answer, gateway
from tests.client.test_faults import problem
from tests.client.tool import Tool
from tests.photos import png, truncated
from tests.processes import Runner

pytestmark = pytest.mark.load

MIB = 1 << 20


def big_png(seed: int = 0) -> bytes:
    """36 MB and 12 megapixels of uncompressed noise."""
    noise = np.random.default_rng(seed).integers(0, 256, (3000, 4000, 3), dtype=np.uint8)
    return png(Image.fromarray(noise), compress_level=0)


@pytest.fixture
def big(photos: Path, request: pytest.FixtureRequest) -> Path:
    path = photos / "2024/big.png"
    path.parent.mkdir()
    path.write_bytes(big_png(crc32(request.node.name.encode())))
    assert path.stat().st_size > 30 * MIB
    return path


def test_a_big_file_is_sent_with_a_ticket_and_its_description(tool: Tool, photos: Path, big: Path) -> None:
    lines, summary = tool.upload(photos, "--tags", "large")
    assert (summary["stored"], lines["big.png"]["album"]) == (1, "2024")
    assert summary["bytes_sent"] == big.stat().st_size
    (image,) = (each for each in tool.images() if each["id"] == lines["big.png"]["id"])
    assert (image["filename"], image["album"], image["tags"]) == ("big.png", "2024", ["large"])
    _, again = tool.upload(photos)
    assert (again["present"], again["bytes_sent"]) == (1, 0)


def test_a_big_file_that_is_refused_is_reported_with_the_reason(tool: Tool, photos: Path, big: Path) -> None:
    big.write_bytes(truncated(big_png(1), 0.95))
    lines, _ = tool.upload(photos, status=1)
    assert (lines["big.png"]["state"], lines["big.png"]["code"]) == ("refused", "damaged_image")
    with (photos / "vast.jpg").open("wb") as file:
        file.write(b"\xff\xd8\xff")
        file.truncate(101 * MIB)
    lines, _ = tool.upload(photos / "vast.jpg", status=1)
    assert (lines["vast.jpg"]["code"], lines["vast.jpg"]["bytes_sent"]) == ("image_too_large", 0)


def test_a_big_file_whose_answer_is_lost_is_not_sent_again(
    tmp_path: Path, photos: Path, big: Path, runner: Runner
) -> None:
    with gateway(runner.port, lambda path, before, _: LOST if "/dropbox/" in path and not before else None) as between:
        _, summary = Tool(tmp_path, between.address).upload(photos)
    assert (summary["stored"], summary["bytes_sent"]) == (1, big.stat().st_size)


def test_a_big_file_is_sent_again_after_a_network_failure(
    tmp_path: Path, photos: Path, big: Path, runner: Runner
) -> None:
    def rule(path: str, before: int, body: bytes) -> Answer | None:
        del body
        return problem(503, "unavailable") if "/dropbox/" in path and before < 1 else None

    with gateway(runner.port, rule) as between:
        _, summary = Tool(tmp_path, between.address).upload(photos)
    assert (summary["stored"], summary["bytes_sent"]) == (1, 2 * big.stat().st_size)


def test_a_big_file_for_an_older_service_is_refused_with_the_limit_of_that_service(
    tmp_path: Path, photos: Path, big: Path, runner: Runner
) -> None:
    missing = problem(404, "route_not_found")
    with gateway(runner.port, lambda path, *_: missing if "tickets" in path else None) as between:
        lines, _ = Tool(tmp_path, between.address).upload(photos, status=1)
    assert f"this one has {big.stat().st_size:,}" in lines["big.png"]["detail"]


def test_a_bucket_that_rejects_the_request_has_not_refused_the_photo(
    tmp_path: Path, photos: Path, big: Path, runner: Runner
) -> None:
    denied = Answer(403, {"Content-Type": "application/xml"}, b"<Error><Code>AccessDenied</Code></Error>")
    with gateway(runner.port, lambda path, *_: denied if "/dropbox/" in path else None) as between:
        lines, summary = Tool(tmp_path, between.address).upload(photos, status=1)
    assert (lines["big.png"]["state"], summary["bytes_sent"]) == ("failed", big.stat().st_size)
    assert lines["big.png"]["detail"].startswith("The bucket answered 403. Run the command again")


def test_a_ticket_that_expires_is_replaced(tmp_path: Path, photos: Path, big: Path, runner: Runner) -> None:
    puts: list[str] = []

    def rule(path: str, before: int, body: bytes) -> Answer | None:
        """The bucket loses the first upload, and its ticket expires."""
        del before, body
        if "/dropbox/" in path:
            puts.append(path)
            return Answer(200) if len(puts) == 1 else None
        is_poll = path.startswith("/upload/tickets/")
        return Answer(200, {}, b'{"ticket": "t", "state": "expired"}') if is_poll and len(puts) == 1 else None

    with gateway(runner.port, rule) as between:
        _, summary = Tool(tmp_path, between.address).upload(photos)
    assert (summary["stored"], summary["bytes_sent"]) == (1, 2 * big.stat().st_size)
    assert len(set(puts)) == 2


def test_memory_does_not_grow_with_the_files(tool: Tool, photos: Path) -> None:
    for number in range(10):
        with (photos / f"{number}.jpg").open("wb") as file:  # the service refuses them, but only after they were sent
            file.write(b"\xff\xd8\xff%d" % number)
            file.truncate((29 if number % 2 else 60) * MIB)
    program = (
        "import sys; from pathlib import Path; from image_repo.cli.__main__ import main; main(sys.argv[1:]);"
        "print(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0])"
    )
    command = [sys.executable, "-c", program, "upload", "--json", "--jobs", "8", str(photos)]
    done = subprocess.run(command, env=tool.variables(), capture_output=True, text=True, timeout=100, check=True)
    *_, summary, peak = done.stdout.splitlines()
    assert json.loads(summary)["summary"]["bytes_sent"] > 400 * MIB
    assert int(peak) < 100 * 1024  # in KiB: for the modules and eight blocks
