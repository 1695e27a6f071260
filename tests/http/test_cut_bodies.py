"""A truncated body is refused, wherever it ends, and nothing is stored."""

from io import BytesIO, RawIOBase
from typing import IO, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.harness import ALICE, Service
from tests.wire import Sent, asked, drop, uploads

WAYS: dict[str, Sent] = {**uploads(), **asked(), "drop": drop("a.jpg", 7)}


class Reset(RawIOBase):
    """The body of a request whose connection is reset after these bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = self._data.readinto(buffer)
        if size == 0:
            raise ConnectionResetError
        return size


def request(service: Service, sent: Sent, body: IO[bytes] | RawIOBase, *, terminated: bool) -> Any:
    """Send the request. With `terminated`, the server declares that it ends the body itself."""
    environ = {
        "CONTENT_LENGTH": str(len(sent.body)),
        "CONTENT_TYPE": sent.headers["Content-Type"],
        "wsgi.input": body,
        **({"wsgi.input_terminated": True} if terminated else {}),
    }
    return service.request(sent.method, sent.path, key=ALICE, environ_overrides=environ)


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), terminated=st.booleans(), stream=st.sampled_from([BytesIO, Reset]))
def test_a_truncated_body_is_refused(
    way: str,
    service: Service,
    data: st.DataObject,
    terminated: bool,  # noqa: FBT001
    stream: Any,
) -> None:
    sent = WAYS[way]
    size = data.draw(st.integers(0, len(sent.body) - 1), label="bytes that arrive")
    response = request(service, sent, stream(sent.body[:size]), terminated=terminated)
    assert (response.status_code, response.get_json()["code"]) == (400, "incomplete_body")
    assert (service.originals.list(), service.dropbox.list(), service.entries()) == ([], [], {})


@pytest.mark.parametrize("terminated", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_a_complete_body_is_accepted(way: str, terminated: bool, service: Service) -> None:  # noqa: FBT001
    sent = WAYS[way]
    assert request(service, sent, BytesIO(sent.body), terminated=terminated).status_code in {200, 201}
