"""The local runner as a user sees it: real processes, HTTP and clients."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
import requests
from PIL import Image

from functions.adapters.embedded.bucket import FilesystemBucket
from tests.photos import exif_bytes, jpeg, photo, png
from tests.processes import KEY, ROOT, Runner, free_port, running


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with running(tmp_path_factory.mktemp("runner") / "data") as each:
        yield each


@cache
def big_photo() -> bytes:
    """A photo of 12 MP as from a phone: with an orientation and a position."""
    return jpeg(photo(4000, 3000), exif=exif_bytes(orientation=6, gps=(48.1, 11.5)))


def local(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run `python -m local`, which must end by itself."""
    command = [sys.executable, "-m", "local", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False, **options)  # type: ignore[call-overload,no-any-return]


def test_thumbnails_become_ready_and_are_upright(runner: Runner) -> None:
    response = runner.post(big_photo())
    image = runner.wait_until_ready(response.json()["id"])
    assert response.status_code == 201
    assert [each["width"] for each in image["thumbnails"]["items"]] == [160, 320, 640, 1280, 2048]
    item = image["thumbnails"]["items"][0]
    assert Image.open(BytesIO(requests.get(item["url"], timeout=5).content)).size == (160, 213)


def test_sixty_four_uploads_of_one_photo_at_once_make_one_image(runner: Runner) -> None:
    data = jpeg(photo(640, 480, seed=64))
    gate = threading.Barrier(8)

    def send_eight() -> list[requests.Response]:
        with requests.Session() as session:
            gate.wait()
            files = {"image": ("photo.jpg", data)}
            return [
                session.post(f"{runner.address}/upload", files=files, headers=runner.key, timeout=60) for _ in range(8)
            ]

    with ThreadPoolExecutor(8) as pool:
        answers = [each for sent in [pool.submit(send_eight) for _ in range(8)] for each in sent.result()]
    assert sorted(each.status_code for each in answers) == [200] * 63 + [201]
    (image_id,) = {each.json()["id"] for each in answers}
    bucket = FilesystemBucket(runner.data / "originals", name="originals")
    assert [each.name for each in bucket.list(image_id)] == [f"{image_id}.jpg"]
    bucket.close()


def test_a_path_cannot_add_lines_to_the_log(runner: Runner) -> None:
    requests.get(f"{runner.address}/x%0AGET%20/forged%20200%1B[2J%C3%BC", timeout=5)
    until = time.monotonic() + 30
    while b"forged" not in (log := runner.log.read_bytes()):  # the line is written after the response
        assert time.monotonic() < until
        time.sleep(0.02)
    assert b"\nGET /x%0AGET%20/forged%20200%1B%5B2J%C3%BC 404 " in log
    assert b"\x1b" not in log


def test_the_commands_of_the_tutorial_work_with_httpie(runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(jpeg(photo(300, 200, seed=5)))
    http = [str(Path(sys.executable).parent / "http"), "--ignore-stdin", "--check-status"]
    at = f":{runner.port}/image"
    environment = {**os.environ, "HTTPIE_CONFIG_DIR": str(tmp_path / "config")}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [*http, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False, env=environment
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    uploaded = json.loads(run("--multipart", "POST", f"{at}/upload", "image@photo.jpg", f"X-API-Key:{KEY}"))
    run("--download", "--output", "back.jpg", f"{at}/{uploaded['id']}")
    assert (tmp_path / "back.jpg").read_bytes()[:3] == b"\xff\xd8\xff"
    run("DELETE", f"{at}/{uploaded['id']}", f"X-API-Key:{KEY}")
    assert runner.get(f"/image/{uploaded['id']}").status_code == 404


def test_the_code_of_the_tutorial_works_with_requests(runner: Runner) -> None:
    one, two = jpeg(photo(200, 100, seed=6)), jpeg(photo(100, 200, seed=7))
    text = b64encode(png(photo(90, 60, seed=8))).decode()
    url = f"{runner.address}/upload"
    several = requests.post(
        url, files=[("image", ("1.jpg", one)), ("image", ("2.jpg", two))], headers=runner.key, timeout=30
    )
    form = requests.post(url, data={"image": text, "caption": "form"}, headers=runner.key, timeout=30)
    as_json = requests.post(url, json={"image": text, "filename": "x.png"}, headers=runner.key, timeout=30)
    assert (several.status_code, len(several.json()["images"])) == (201, 2)
    assert (form.status_code, as_json.status_code) == (201, 200)
    size = requests.post(f"{runner.address}/im_size", files={"image": one}, headers=runner.key, timeout=30)
    assert size.json()["size"] == [200, 100]


@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "chunked"])
def test_a_body_of_200_mb_is_refused_without_being_read(runner: Runner, *, chunked: bool) -> None:
    length = 200_000_000
    head = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {length}"
    request = f"POST /upload HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\nContent-Type: image/jpeg\r\n{head}\r\n\r\n"
    piece = bytes(100_000)
    block = b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece
    sent = 0
    with socket.create_connection(("127.0.0.1", runner.port), timeout=10) as connection:
        connection.sendall(request.encode())
        connection.setblocking(False)
        answer = b""
        while sent < length and not answer:
            try:
                sent += connection.send(block[sent % len(block) :])
            except BlockingIOError:
                time.sleep(0.001)
            except OSError:
                break
            answer = peek(connection)
    assert sent < 60_000_000
    if answer:
        assert b" 413 " in answer.split(b"\r\n")[0]
    assert runner.get("/list").status_code == 200


def peek(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65_536)
    except BlockingIOError:
        return b""


def test_a_body_that_stays_incomplete_stores_nothing(runner: Runner) -> None:
    before = runner.get("/list?limit=1").json()
    with socket.create_connection(("127.0.0.1", runner.port), timeout=10) as connection:
        head = f"POST /upload HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\nContent-Type: image/jpeg\r\n"
        connection.sendall(f"{head}Content-Length: 1000000\r\n\r\n".encode() + jpeg()[:500])
    assert runner.get("/list?limit=1").json() == before


def test_the_start_prints_the_page_an_upload_command_and_the_folder(runner: Runner) -> None:
    log = runner.log.read_text()
    assert f"{runner.address}/#key={KEY}" in log
    assert f"curl -F image=@{ROOT}/docs/sea.jpg -H 'X-API-Key: {KEY}' {runner.address}/upload\n" in log
    assert str(runner.data) in log


def test_drops_of_any_name_are_ingested(runner: Runner) -> None:
    names = ["alé/фото 🐦.jpg", "a%0Ab/x.jpg", "a%0D%0Ace-type: x/y.jpg", "%00/%1b.jpg", "plain/z.jpg"]
    before = runner.get("/list?limit=100").json()["images"]
    for number, name in enumerate(names):
        data = jpeg(photo(70 + number, 50, seed=11))
        url = f"{runner.address}/dropbox/{name}"
        assert requests.put(url, data=data, headers=runner.key, timeout=30).status_code == 200
    until = time.monotonic() + 20
    while len(runner.get("/list?limit=100").json()["images"]) < len(before) + len(names):
        assert time.monotonic() < until, runner.log.read_text()
        time.sleep(0.05)
    albums = {each["album"] for each in runner.get("/list?limit=100").json()["images"]}
    assert {"alé", "a b", "plain"} <= albums


def test_the_metadata_of_a_drop_can_have_an_underscore(runner: Runner) -> None:
    """Waitress leaves out headers with an underscore in their names."""
    url = f"{runner.address}/dropbox/underscore.jpg"
    for time_, status in (("yesterday", 400), ("2024-06-01T12:00:00Z", 200)):
        headers = {**runner.key, "x-goog-meta-taken_at": time_}
        response = requests.put(url, data=jpeg(photo(75, 55)), headers=headers, timeout=30)
        assert response.status_code == status, response.text
    assert "2024-06-01T12:00:00+00:00" in {each["taken_at"] for each in runner.get("/list?limit=100").json()["images"]}


def test_the_runner_stops_without_an_error(tmp_path: Path) -> None:
    runner = Runner(tmp_path / "data")
    runner.start()
    assert runner.stop() == 0
    assert "Traceback" not in runner.log.read_text()


def test_data_survive_a_restart(tmp_path: Path) -> None:
    with running(tmp_path / "data") as runner:
        image_id = runner.post(jpeg(photo(300, 200))).json()["id"]
        image = runner.wait_until_ready(image_id)
        runner.stop()
        runner.start()
        assert runner.get(f"/fetch/{image_id}/details").json() == image


def test_a_port_in_use_is_reported_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = local("--port", str(port), "--data", str(tmp_path))
    assert done.returncode == 1
    assert re.fullmatch(
        rf"Cannot listen on 127.0.0.1:{port} \(.+\)\. Choose another port: make run PORT=\d+ DATA={tmp_path}\n",
        done.stderr,
    )


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid", "a..b", "::1"])
def test_a_host_of_another_machine_is_reported_in_one_line(host: str, tmp_path: Path) -> None:
    """192.0.2.1 is an address for documentation, which no machine has."""
    port = free_port()
    done = local("--host", host, "--port", str(port), "--data", str(tmp_path))
    assert done.returncode == 1
    advice = "The host must be a name or an IPv4 address of this machine, or 0.0.0.0 for all of them: "
    assert re.fullmatch(
        rf"Cannot listen on {host}:{port} \(.+\)\. {advice}make run HOST=127.0.0.1 PORT={port} DATA={tmp_path}\n",
        done.stderr,
    )


def test_the_command_for_another_port_keeps_the_host(tmp_path: Path) -> None:
    done = local("--host", "0.0.0.0", "--port", "70000", "--data", str(tmp_path / "my photos"))  # noqa: S104
    assert done.returncode == 1
    command = rf"make run PORT=\d+ HOST=0.0.0.0 DATA='{tmp_path}/my photos'"
    assert re.fullmatch(rf"Cannot listen on 0.0.0.0:70000 \(.+\)\. Choose another port: {command}\n", done.stderr)


def test_an_unwritable_folder_is_reported_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    port = free_port()
    done = local("--port", str(port), "--data", str(tmp_path / "file" / "data"))
    assert done.returncode == 1
    assert re.fullmatch(
        rf"Cannot write to the folder .+ \(.+\)\. Choose another one: make run DATA=~/images PORT={port}\n", done.stderr
    )


def test_a_tilde_that_the_shell_does_not_expand_is_the_home_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    arguments = ("--port", str(free_port()), "--data")
    done = local(*arguments, "~/file/data", env={**os.environ, "HOME": str(tmp_path)})
    assert done.returncode == 1
    assert f"Cannot write to the folder {tmp_path}/file/data" in done.stderr
    done = local(*arguments, "~no-such-user/data")
    assert done.returncode == 2
    assert "the user in '~no-such-user/data' does not exist. Write the full path" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("damage", [Path.mkdir, lambda path: path.write_bytes(b"\xff\xfe")], ids=["folder", "bytes"])
def test_a_key_that_cannot_be_read_is_reported_in_one_line(damage: Callable[[Path], object], tmp_path: Path) -> None:
    damage(tmp_path / "development-key")
    port = free_port()
    done = local("--port", str(port), "--data", str(tmp_path))
    assert done.returncode == 1
    assert re.fullmatch(
        r"Cannot use the key file \S+/development-key \(.+\)\. Remove it to get a new key, "
        rf"or run: make run KEY=… PORT={port} DATA={tmp_path}\n",
        done.stderr,
    )


def test_the_development_key_works_while_the_key_file_cannot_be_read(tmp_path: Path) -> None:
    with running(tmp_path / "data", API_KEYS_FILE=str(tmp_path / "none")) as runner:
        assert runner.post(jpeg(photo(90, 60))).status_code == 201
        assert runner.get("/list", headers={"X-API-Key": "another"}).status_code == 503
        assert f"ERROR The API keys cannot be read from {tmp_path / 'none'}" in runner.log.read_text()


def test_an_invalid_setting_is_reported_in_one_line(tmp_path: Path) -> None:
    done = local("--port", str(free_port()), "--data", str(tmp_path), env={**os.environ, "API_KEYS": "secret"})
    assert done.returncode == 1
    assert done.stderr.startswith("API_KEYS has an entry that is not NAME:ROLE:SHA256.")
    assert "secret" not in done.stderr
