"""`make smoke` where something is wrong: the step that fails, its cause, its remedy, and what is left."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from functions.adapters.embedded.outbox import Event as StorageEvent
from functions.domain.errors import Unavailable
from functions.domain.ports import Filter
from tests.harness import ADMIN, ALICE, Service
from tests.processes import ROOT, free_port
from tests.smoke.serving import ELSEWHERE, LAPTOP, Answer, Environ, Faults, nothing_is_left, serving
from tests.smoke.test_runs import WithBuckets, environment
from tools.smoke.__main__ import main, smoke

Capture = pytest.CaptureFixture[str]


def failures(output: str) -> dict[str, str]:
    """The sentences of each step that failed."""
    return dict(re.findall(r"^  FAILED +[\d.]+ s  (.+)\n +(.+)$", output, re.MULTILINE))


def tried(service: Service, faults: Faults, capsys: Capture, *, host: str = ELSEWHERE, key: str = ADMIN) -> str:
    """The output of a run, which must fail, on a service with these faults."""
    with serving(service, faults, host) as api:
        status = main(["--api", api, "--key", key, "--patience=0.5"])
    output = capsys.readouterr().out
    assert status == 1, output
    return output


class Broken:
    """A port some of whose calls fail."""

    def __init__(self, port: object, fails: Callable[[str, tuple[Any, ...]], bool]) -> None:
        self._port = port
        self._fails = fails

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        def call(*args: Any, **options: Any) -> Any:
            if self._fails(name, args):
                raise Unavailable
            return method(*args, **options)

        return call


def answering(method: str, path: str, answer: Answer) -> Callable[[Environ], Answer | None]:
    """That answer to each request with the method whose path begins so."""
    return lambda environ: (
        answer if environ["REQUEST_METHOD"] == method and environ["PATH_INFO"].startswith(path) else None
    )


# --- events


def test_no_event_delivery_names_the_trigger_and_the_grants(service: Service, capsys: Capture) -> None:
    output = tried(service, Faults(lost={"finalized", "deleted"}), capsys)
    found = failures(output)
    assert list(found) == ["thumbnails, by the event of the upload", "ticket: signed upload"]
    sentences = found["thumbnails, by the event of the upload"]
    assert "The event `object.v1.finalized` of the bucket `originals` has had no effect in 0.5 seconds" in sentences
    for each in ("`make-thumbnails`", "roles/pubsub.publisher", "roles/eventarc.eventReceiver", "roles/run.invoker"):
        assert each in sentences
    assert "of the bucket `dropbox`" in found["ticket: signed upload"]
    assert "`ingest-drop`" in found["ticket: signed upload"]
    assert re.search(
        r"Could not remove the drop (tickets/\w+), which the dropbox keeps for a week: it needs access to .+\n"
        r"    To remove it, run: gcloud storage rm gs://DROPBOX/\1 ",
        output,
    )
    assert output.endswith("2 of 16 steps failed. Something of this run is left.\n")
    assert not service.entries()


def test_no_event_delivery_on_a_laptop_leads_to_the_output_of_make_run(service: Service, capsys: Capture) -> None:
    found = failures(tried(service, Faults(lost={"finalized"}), capsys, host=LAPTOP))
    # The server ingests a drop in the request that writes it, so the drop needs no event.
    assert list(found) == ["thumbnails, by the event of the upload", "ticket: signed upload"]
    for each in found.values():
        assert "The output of `make run` has the reason." in each
        assert "roles/" not in each


def test_a_soft_deletion_without_its_event_is_named(service: Service, capsys: Capture) -> None:
    with serving(service, Faults(lost={"deleted"}), ELSEWHERE) as api:
        place = WithBuckets(api, service)
        place.patience = 1.0
        assert smoke(place) == 1
    (step, sentences) = next(iter(failures(capsys.readouterr().out).items()))
    assert step == "deletion in the bucket, by its event"
    assert "The event `object.v1.deleted` of the bucket `originals`" in sentences
    assert "`forget-image`" in sentences
    assert "Cloud Storage sends none for a soft deletion here." in sentences


# --- signatures and CORS


def test_no_right_to_sign_names_the_role(service: Service, capsys: Capture) -> None:
    service.install(signer=Broken(service.signer, lambda name, _: name == "sign"))
    (sentences,) = failures(tried(service, Faults(), capsys)).values()
    assert "`upload` cannot sign uploads" in sentences
    assert "the role `signer` on itself (iam.serviceAccounts.signBlob, infra/grants.tf)" in sentences
    assert nothing_is_left(service)


def test_a_signed_upload_that_is_refused_names_the_role_on_the_bucket(service: Service, capsys: Capture) -> None:
    denied = "<Error><Code>AccessDenied</Code>\n<Message>Access denied.</Message></Error>"
    refuses = answering("PUT", "/dropbox", ("403 Forbidden", {"Content-Type": "application/xml"}, denied.encode()))
    (sentences,) = failures(tried(service, Faults(answers=refuses), capsys)).values()
    assert "Cloud Storage refuses the signed PUT with 403: <Error><Code>AccessDenied</Code>" in sentences
    assert "the role `depositor` on the bucket `dropbox` (infra/grants.tf)" in sentences


@pytest.mark.parametrize("bucket", ["renditions", "dropbox"])
def test_a_bucket_without_cors_is_named(bucket: str, service: Service, capsys: Capture) -> None:
    hides = Faults(hides_cors=lambda environ: environ["PATH_INFO"].startswith(f"/{bucket}/"))
    (sentences,) = failures(tried(service, hides, capsys)).values()
    assert f"the bucket `{bucket}` has no CORS rule for it (infra/buckets.tf)" in sentences
    assert nothing_is_left(service)


def test_a_cache_that_forgets_the_origin_is_not_taken_for_a_bucket_without_cors(
    service: Service, capsys: Capture
) -> None:
    caches = Faults(
        hides_cors=lambda environ: environ["PATH_INFO"].startswith("/renditions/") and not environ["QUERY_STRING"]
    )
    (sentences,) = failures(tried(service, caches, capsys)).values()
    assert "A shared cache answers" in sentences


# --- rights and queries


@pytest.mark.parametrize("kind", ["tag", "album", "tag and album"])
def test_a_missing_index_is_distinguished_from_a_list_that_fails(kind: str, service: Service, capsys: Capture) -> None:
    def needs_it(name: str, args: tuple[Any, ...]) -> bool:
        where: Filter | None = args[0] if name == "page" else None
        return where is not None and kind == " and ".join(each for each in ("tag", "album") if getattr(where, each))

    service.install(catalog=Broken(service.catalog, needs_it))
    found = failures(tried(service, Faults(), capsys))
    sentences = found["list by tag, by album and by both"]
    assert f"`list` fails with {kind}, and works without: an index of Firestore is missing" in sentences
    assert "gcloud firestore indexes composite list" in sentences


def test_a_function_without_its_rights_names_them(service: Service, capsys: Capture) -> None:
    service.install(originals=Broken(service.originals, lambda name, _: name == "set_metadata"))
    (sentences,) = failures(tried(service, Faults(), capsys)).values()
    assert sentences.startswith("`update` answers 503 (unavailable)")
    assert "`make logs FUNCTION=update` has the reason" in sentences
    assert "Its account needs these rights (infra/grants.tf): originals editor, catalog user." in sentences


def test_a_function_that_the_public_may_not_call_is_distinguished_from_one_that_refuses(
    service: Service, capsys: Capture
) -> None:
    page = ("403 Forbidden", {"Content-Type": "text/html"}, b"<html><title>403 Forbidden</title></html>")
    (sentences,) = failures(tried(service, Faults(answers=answering("PATCH", "/update", page)), capsys)).values()
    assert "allUsers lacks roles/run.invoker on it" in sentences


def test_paths_that_the_url_map_does_not_rewrite_are_named(service: Service, capsys: Capture) -> None:
    page = ("404 Not Found", {"Content-Type": "text/html"}, b"<html>not found</html>")
    (sentences,) = failures(tried(service, Faults(answers=answering("GET", "/image/random", page)), capsys)).values()
    assert "the url map of the load balancer does not rewrite the path (infra/front_paths.tf)" in sentences


# --- keys, addresses, and the end


@pytest.mark.parametrize("host", [LAPTOP, ELSEWHERE])
def test_a_wrong_key_is_named_and_stores_nothing(host: str, service: Service, capsys: Capture) -> None:
    output = tried(service, Faults(), capsys, host=host, key="wrong")
    sentences = failures(output)["upload"]
    assert sentences.startswith("`upload` answers 401 (unknown_key)")
    assert re.search(r"Give a valid key: make smoke API=\S+ KEY=… \(`make \w+` ", sentences)
    assert "The key is not valid, so the other 14 steps are left out.\n" in output
    assert output.endswith("1 of 16 steps failed. Nothing of this run is left.\n")
    assert nothing_is_left(service)


def test_a_service_that_is_down_is_one_failure(capsys: Capture) -> None:
    for host, remedy in ((LAPTOP, "Start the service with `make run`"), (ELSEWHERE, "Check the address")):
        assert main(["--api", f"http://{host}:{free_port()}", "--key", ADMIN, "--patience=0.1"]) == 1
        output = capsys.readouterr().out
        assert remedy in failures(output)["the service answers"]
        assert re.search(r":\d+ \(.*Connection refused\)\. ", failures(output)["the service answers"])
        assert " object at " not in output
        assert output.endswith("1 of 16 steps failed. Nothing of this run is left.\n")


def test_a_service_that_has_moved_is_named_by_its_new_address(service: Service, capsys: Capture) -> None:
    moved = ("308 Permanent Redirect", {"Location": "https://photos.example.com/list?limit=1"}, b"")
    output = tried(service, Faults(answers=answering("GET", "/list", moved)), capsys)
    assert "redirects to another address. Give that one: make smoke API=https://photos.example.com\n" in output


@pytest.mark.parametrize("host", [LAPTOP, ELSEWHERE])
def test_a_service_that_stops_answering_is_one_failure_and_what_it_may_have_kept_is_named(
    host: str, service: Service, capsys: Capture
) -> None:
    """Nothing listens any more after the upload."""
    with serving(service, Faults(stops=lambda environ: environ["PATH_INFO"] == "/upload"), host) as api:
        assert main(["--api", api, "--key", ADMIN, "--patience=0.5"]) == 1
    output = capsys.readouterr().out
    assert list(failures(output)) == ["the same file again is a duplicate"]
    assert "The service no longer answers, so the other 13 steps are left out.\n" in output
    (left,) = service.entries()
    assert re.search(r"Could not remove the images with the tag smoke-\w+: Nothing answers at ", output)
    assert f"To remove it, run: .venv/bin/image-repo delete --api {api} --key KEY_OF_AN_ADMIN {left}\n" in output
    assert output.count("Nothing answers") == 2
    assert output.endswith("1 of 16 steps failed. Something of this run is left.\n")


def test_a_server_of_thumbnails_that_is_down_is_not_taken_for_the_service(service: Service, capsys: Capture) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    service.settings = replace(service.settings, renditions_url=f"{nowhere}/renditions")
    service.install()
    output = tried(service, Faults(), capsys)
    found = failures(output)
    assert list(found) == [
        "thumbnails, by the event of the upload",
        "thumbnails for pages of other sites (CORS)",
        "deletion",  # which looks for the thumbnails
    ]
    for each in found.values():
        assert f"Nothing answers at {nowhere} (" in each
        assert "BASE_URL and RENDITIONS_URL" in each


def test_another_server_is_not_tried(service: Service, capsys: Capture) -> None:
    page = ("200 OK", {"Content-Type": "text/html"}, b"<html>Welcome</html>")
    output = tried(service, Faults(answers=answering("GET", "/list", page)), capsys)
    assert "is not an Image Repo: /list answers '<html>Welcome</html>'. Check the address." in output
    assert nothing_is_left(service)


def test_what_cannot_be_removed_is_named(service: Service, capsys: Capture) -> None:
    """The key of an uploader may not delete the image of a drop."""
    output = tried(service, Faults(), capsys, host=LAPTOP, key=ALICE)
    (left,) = service.entries().values()
    assert left.uploader == "dropbox"
    assert re.search(
        rf"Could not remove the image {left.id}: `delete` answers 403 \(not_your_image\): .+ Use the key of an admin: "
        r"make smoke API=\S+ KEY=… \(`make run` prints one\)\.\n"
        rf"    To remove it, run: \.venv/bin/image-repo delete --api \S+ --key KEY_OF_AN_ADMIN {left.id}\n",
        output,
    )
    assert "Use the key of an admin" in failures(output)["nothing is left"]
    assert output.endswith("1 of 16 steps failed. Something of this run is left.\n")


@pytest.mark.parametrize("host", [LAPTOP, ELSEWHERE])
def test_an_interrupted_run_waits_for_the_event_of_its_drop(host: str, service: Service) -> None:
    """Ctrl-C follows the signed upload at once. The event then stores an image, which is removed too."""
    uploaded, released = Event(), Event()

    def holds(event: StorageEvent) -> bool:
        if event.object["bucket"] != "dropbox":
            return False
        uploaded.set()
        return not released.is_set()

    with serving(service, Faults(holds=holds), host) as api:
        command = [sys.executable, "-m", "tools.smoke", "--api", api, "--key", ADMIN, "--patience=30"]
        with subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert uploaded.wait(60)
            os.kill(process.pid, signal.SIGINT)
            output = ""
            while "Waiting for the event of the drop tickets/" not in output:
                output += process.stdout.readline()
            released.set()
            output += process.stdout.read()
        assert process.returncode == 130, output
    assert "Could not remove" not in output
    assert nothing_is_left(service)


def test_a_run_whose_output_no_one_reads_removes_what_it_stored(service: Service) -> None:
    """As in `make smoke | head`."""
    with serving(service, Faults()) as api:
        command = [sys.executable, "-m", "tools.smoke", "--api", api, "--key", ADMIN]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, cwd=ROOT, env=environment(), text=True, **pipes) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            while "duplicate" not in process.stdout.readline():
                continue
            assert service.entries()
            process.stdout.close()
            assert process.stderr.read() == ""
        assert process.returncode != 0
    assert nothing_is_left(service)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_removes_what_it_stored(number: signal.Signals, service: Service) -> None:
    with serving(service, Faults(lost={"finalized"})) as api:
        command = [sys.executable, "-m", "tools.smoke", "--api", api, "--key", ADMIN]
        with subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            output = ""
            while "duplicate" not in output:
                output += process.stdout.readline()
            assert service.entries()
            os.kill(process.pid, number)
            output += process.stdout.read()
        assert process.returncode == 130, output
    assert output.endswith("Interrupted. Removing what the run has stored.\n")
    assert nothing_is_left(service)
