"""The log line of each request has what helps to find an error, and nothing private."""

import json
import logging

import pytest

from functions.web.logs import JsonFormatter
from tests.harness import ALICE, Service
from tests.photos import exif_bytes, jpeg, photo

SPAN = "105445aa7843bc8bf206b12000100000"


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> "Lines":
    caplog.set_level(logging.INFO, "functions")
    return Lines(caplog)


class Lines:
    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog

    def text(self) -> list[str]:
        """All lines, as Cloud Logging gets them."""
        formatter = JsonFormatter()
        return [formatter.format(each) for each in self._caplog.records if each.name.startswith("functions")]

    def last(self) -> dict[str, object]:
        line: dict[str, object] = json.loads(self.text()[-1])
        return line


def test_each_request_has_one_line(service: Service, lines: Lines) -> None:
    image_id = service.upload(jpeg(photo(30, 20))).get_json()["id"]
    line = lines.last()
    assert isinstance(line.pop("latency_ms"), float)
    assert str(line.pop("message")).startswith("POST /upload 201 ")
    assert line == {
        "severity": "INFO",
        "logger": "functions.web.logs",
        "function": "upload",
        "operation": "upload_images",
        "status": 201,
        "image": image_id,
        "key": "alice",
    }
    assert len(lines.text()) == 1


@pytest.mark.parametrize(
    "headers", [{"X-Cloud-Trace-Context": f"{SPAN}/1;o=1"}, {"traceparent": f"00-{SPAN}-00f067aa0ba902b7-01"}]
)
def test_a_line_has_the_trace_of_its_request(headers: dict[str, str], service: Service, lines: Lines) -> None:
    service.get("/list", headers=headers)
    assert str(lines.last()["logging.googleapis.com/trace"]).endswith(SPAN)


def test_an_invalid_trace_is_left_out(service: Service, lines: Lines) -> None:
    service.get("/list", headers={"X-Cloud-Trace-Context": 'x"y/1'})
    assert "logging.googleapis.com/trace" not in lines.last()


def test_refusals_and_events_have_a_line_too(service: Service, lines: Lines) -> None:
    service.get(f"/fetch/{'a' * 26}/details")
    line = lines.last()
    assert (line["status"], line["operation"], line["image"]) == (404, "show_details", "a" * 26)
    image_id = service.upload(jpeg(photo(30, 20))).get_json()["id"]
    service.deliver()
    line = lines.last()
    assert (line["function"], line["status"], line["image"]) == ("make-thumbnails", 200, image_id)


def test_a_drop_can_be_followed_to_its_image(service: Service, lines: Lines) -> None:
    service.drop("album/photo.jpg", jpeg(photo(30, 20)))
    for event in service.pending_events():
        service.post(event)
    (image_id,) = service.entries()
    assert (lines.last()["function"], lines.last()["image"]) == ("ingest-drop", image_id)


def test_no_key_no_position_and_no_query_reach_the_log(service: Service, lines: Lines) -> None:
    image_id = service.stored(jpeg(photo(30, 20), exif=exif_bytes(gps=(48.8584, 2.2945))))["id"]
    service.get(f"/fetch/{image_id}/details?secret=query", key=ALICE)
    service.get("/list", key="a-wrong-key")
    service.get("/random?tag=private-tag")
    text = "\n".join(lines.text())
    assert len(lines.text()) >= 4
    for private in (ALICE, "a-wrong-key", "query", "private-tag", "48.858", "2.2945", "gps"):
        assert private not in text


def test_a_failure_is_an_error_with_its_traceback_on_one_line(
    service: Service, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.catalog, "page", None)
    service.install()
    response = service.get("/list")
    failure, line = (json.loads(each) for each in lines.text())
    assert response.status_code == line["status"] == 500
    assert (failure["severity"], line["severity"]) == ("ERROR", "ERROR")
    assert response.get_json()["error_id"] in failure["message"]
    assert "Traceback" in failure["message"]
