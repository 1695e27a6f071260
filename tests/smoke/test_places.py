"""Which service `make smoke` tries: its address, and the origins that it allows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.backends import Backend
from tests.harness import ADMIN, Service
from tests.smoke.serving import ELSEWHERE, LAPTOP, Faults, nothing_is_left, serving
from tests.smoke.test_failures import failures
from tests.smoke.test_runs import WithBuckets
from tools.deploy.processes import Failure
from tools.smoke.__main__ import main, smoke
from tools.smoke.deployment import Deployment
from tools.smoke.places import place_of

Capture = pytest.CaptureFixture[str]

BLOG = "https://blog.example.org"
STEP = "signed upload from a page (CORS)"


@pytest.fixture
def strict(tmp_path: Path, backend: Backend) -> Iterator[Service]:
    """A service whose API and dropbox only the pages of the blog may use."""
    with Service(tmp_path, backend, cors_origins=(BLOG,)) as each:
        yield each


@pytest.mark.parametrize("host", [LAPTOP, ELSEWHERE])
def test_origins_that_the_service_does_not_allow_are_no_fault(host: str, strict: Service, capsys: Capture) -> None:
    with serving(strict, Faults(), host) as api:
        assert main(["--api", api, "--key", ADMIN, "--patience=10"]) == 0, capsys.readouterr().out
        output = capsys.readouterr().out
        assert f"  skipped          {STEP}: because the service allows pages of other origins than {api} " in output
        assert f"make smoke API={api} CORS=https://blog.example.com" in output
        assert main(["--api", api, "--key", ADMIN, "--patience=10", f"--cors={BLOG}"]) == 0
    assert STEP in "".join(each for each in capsys.readouterr().out.splitlines() if each.startswith("  ok "))
    assert nothing_is_left(strict)


def test_the_settings_of_the_environment_name_an_allowed_origin(
    strict: Service, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORS_ORIGINS", f"https://other.example.org,{BLOG}")
    with serving(strict, Faults()) as api:
        assert main(["--api", api, "--key", ADMIN, "--patience=10"]) == 0
    assert "skipped          signed" not in capsys.readouterr().out


def test_a_dropbox_that_refuses_an_origin_that_the_api_allows_is_named(strict: Service, capsys: Capture) -> None:
    hides = Faults(hides_cors=lambda environ: environ["PATH_INFO"].startswith("/dropbox/"))
    with serving(strict, hides, ELSEWHERE) as api:
        assert main(["--api", api, "--key", ADMIN, "--patience=10", f"--cors={BLOG}"]) == 1
    (sentences,) = failures(capsys.readouterr().out).values()
    assert f"The answer for the origin {BLOG} has no Access-Control-Allow-Origin: the bucket `dropbox`" in sentences


def test_a_deployment_whose_api_refuses_its_own_page_is_named(strict: Service, capsys: Capture) -> None:
    with serving(strict, Faults(), ELSEWHERE) as api:
        place = WithBuckets(api, strict)
        place.project, place.origins = "my-photos-1", ("https://page.example.com",)
        assert smoke(place) == 1
    (sentences,) = failures(capsys.readouterr().out).values()
    assert "The API allows no page of https://page.example.com: its setting CORS_ORIGINS" in sentences
    assert "make deploy PROJECT=my-photos-1" in sentences


def test_the_origins_of_a_deployment_are_its_page_and_those_that_it_allows() -> None:
    outputs: dict[str, Any] = {
        "base_url": "https://a.example.com",
        "page_url": "https://page.example.com/i.html",
        "keys_secret": "s",
    }
    assert Deployment("my-photos-1", outputs, "smoke-1").origins == ("https://page.example.com",)
    outputs["environment"] = {"CORS_ORIGINS": f"{BLOG},https://page.example.com"}
    assert Deployment("my-photos-1", outputs, "smoke-1").origins == ("https://page.example.com", BLOG)


NO_ADDRESSES = (
    "", "127.0.0.1:8080", "photos.example.com", "http://", "ftp://photos.example.com", "http://127.0.0.1:99999",
    "http://me:secret@127.0.0.1:8080", "http://[::1", "http://a b", "https://photos.example.com/?key=1", "http://127.0.0.1:8080/#key=secret",
)  # fmt: skip


@pytest.mark.parametrize("text", NO_ADDRESSES)
def test_what_is_not_an_address_is_refused_before_anything_is_tried(text: str, capsys: Capture) -> None:
    assert main(["--api", text]) == 1
    output, error = capsys.readouterr()
    assert output == ""
    assert "API must be the address of a service with http:// or https://, and without @, ? and #" in error
    assert f"not {text!r}. `make url` prints" in error
    assert error.endswith("Run: make smoke API=http://127.0.0.1:8080\n")


@pytest.mark.parametrize("key", ["k\u00e4", "a\nb", "a\0b"])
def test_a_key_that_cannot_be_sent_is_refused(key: str, capsys: Capture) -> None:
    assert main(["--key", key]) == 1
    assert "KEY contains invalid characters." in capsys.readouterr().err


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "0", "soon"])
def test_an_invalid_patience_is_refused(text: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        main([f"--patience={text}"])
    assert f"must be a positive number of seconds, not '{text}'" in capsys.readouterr().err


def test_origins_are_separated_by_commas_and_spaces_and_must_be_origins(strict: Service, capsys: Capture) -> None:
    with serving(strict, Faults()) as api:
        assert main(["--api", api, "--key", ADMIN, "--patience=10", f"--cors=https://a.example,,  {BLOG}/"]) == 0
        assert main(["--api", api, "--key", ADMIN, "--cors=blog"]) == 1
    assert "CORS must be a comma-separated list of origins" in capsys.readouterr().err


def test_a_project_and_an_address_are_not_both_tried(capsys: Capture) -> None:
    assert main(["--project", "my-photos-1", "--api", "http://127.0.0.1:8080"]) == 1
    assert "PROJECT and API are two different places." in capsys.readouterr().err


def test_an_empty_project_is_not_this_machine(capsys: Capture) -> None:
    assert main(["--project", ""]) == 1
    assert "PROJECT is empty. Name your Google Cloud project" in capsys.readouterr().err


def test_the_commands_that_remove_what_is_left_fit_the_place() -> None:
    laptop, elsewhere = place_of("http://127.0.0.1:8080", ""), place_of("https://photos.example.com", "")
    deployment = Deployment(
        "my-photos-1",
        {
            "base_url": "https://a.example.com",
            "page_url": "https://page.example.com/",
            "keys_secret": "s",
            "originals_bucket": "the-originals",
            "dropbox_bucket": "the-dropbox",
        },
        "smoke-1",
    )
    assert laptop.removal("dropbox", "a/b.png").startswith("make fsck FIX=1 GRACE=0 ")
    assert laptop.removal("originals", "abc.png") == (
        ".venv/bin/image-repo delete --api http://127.0.0.1:8080 --key KEY_OF_AN_ADMIN abc"
    )
    assert elsewhere.removal("dropbox", "a/b.png").startswith("gcloud storage rm gs://DROPBOX/a/b.png ")
    assert deployment.removal("dropbox", "a/b.png") == "gcloud storage rm gs://the-dropbox/a/b.png"
    assert deployment.removal("originals", "abc.png") == "gcloud storage rm gs://the-originals/abc.png"
    with pytest.raises(Failure, match="not 'host:80'"):
        place_of("host:80", "")
