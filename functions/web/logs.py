"""One structured log line for each request, in the form that Cloud Logging reads.

It contains the key's name, the function, the operation, the images, the status and the duration. It contains nothing
private: no key, no query string, and no header except the trace.
"""

import json
import logging
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from flask import Request

log = logging.getLogger(__name__)

_FIELDS: Final = "fields"
_TRACE: Final = "logging.googleapis.com/trace"


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON: severity, message, and the fields of a request."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {"severity": record.levelname, "message": record.getMessage(), "logger": record.name}
        if record.exc_info:
            entry["message"] += "\n" + self.formatException(record.exc_info)
        return json.dumps(entry | getattr(record, _FIELDS, {}), ensure_ascii=False)


def configure() -> None:
    """Write the functions' log as JSON to standard output, unless their logger already has a handler.

    A handler of the root logger does not count: functions-framework adds one, which writes only the message.
    """
    functions = logging.getLogger("functions")
    if functions.handlers:
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    functions.addHandler(handler)
    functions.setLevel(logging.INFO)
    functions.propagate = False


@dataclass(slots=True)
class RequestLine:
    """The log line of one request. Its fields are set during the request, and `write` logs it."""

    function: str
    trace: str | None = None
    operation: str | None = None
    key: str | None = None
    images: Sequence[str] = ()
    started: float = field(default_factory=time.perf_counter)

    def write(self, what: str, status: int) -> None:
        """Log the line. Its message begins with `what`: the request or the event."""
        latency = round((time.perf_counter() - self.started) * 1000, 1)
        fields = {
            "function": self.function,
            "operation": self.operation,
            "status": status,
            "latency_ms": latency,
            "image": ",".join(self.images) or None,
            "key": self.key,
            _TRACE: self.trace,
        }
        level = logging.ERROR if status >= HTTPStatus.INTERNAL_SERVER_ERROR else logging.INFO
        present = {name: value for name, value in fields.items() if value is not None}
        log.log(level, "%s %d %.1f ms", what, status, latency, extra={_FIELDS: present})


def trace_of(request: Request, project: str | None) -> str | None:
    """The name of the request's trace, by which Cloud Logging groups log lines; None if there is no trace."""
    trace = request.headers.get("X-Cloud-Trace-Context", "").partition("/")[0]
    if not trace:
        parts = request.headers.get("traceparent", "").split("-")
        trace = parts[1] if len(parts) > 1 else ""
    if not (trace.isascii() and trace.isalnum()):
        return None
    return f"projects/{project}/traces/{trace}" if project else trace
