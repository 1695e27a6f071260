"""`make logs`."""

import json
import re
from typing import Any, Final

from functions.routes import FUNCTIONS
from tools.deploy.google import gcloud
from tools.deploy.processes import Failure
from tools.deploy.terraform import outputs

_SINCE: Final = re.compile(r"[1-9][0-9]*[smhd]")
_MOST: Final = 500
"""The maximum number of log entries."""


def logs(project: str, function: str | None, since: str | None) -> None:
    """Print the log of a function, oldest entry first.

    Raises:
        Failure: the function or the time is invalid, or nothing is deployed.
    """
    names = [each.name for each in FUNCTIONS]
    if function not in names:
        raise Failure(
            f"FUNCTION must be the name of a function: make logs FUNCTION=upload. There are: {', '.join(names)}."
        )
    since = since or "1h"
    if not _SINCE.fullmatch(since):
        raise Failure(f"SINCE must be a number with s, m, h or d, such as SINCE=30m, not {since!r}.")
    service = outputs(project)["functions"][function]
    print(f"Reading the log of {function} of the last {since}, at most {_MOST} entries.", flush=True)
    query = f'resource.type="cloud_run_revision" AND resource.labels.service_name="{service}"'
    options = [f"--project={project}", f"--freshness={since}", f"--limit={_MOST}", "--format=json"]
    entries = json.loads(gcloud("logging", "read", query, *options) or "[]")
    for entry in reversed(entries):
        print(line(entry))


def line(entry: dict[str, Any]) -> str:
    """An entry as `TIME SEVERITY message`. The message of a request is its method, status, latency and URL."""
    request = entry.get("httpRequest")
    payload = entry.get("jsonPayload", {})
    if request:
        text = " ".join(str(request.get(each, "-")) for each in ("requestMethod", "status", "latency", "requestUrl"))
    else:
        text = entry.get("textPayload") or payload.get("message") or json.dumps(payload)
    return f"{entry.get('timestamp', '')[:19]}Z {entry.get('severity', 'DEFAULT'):8} {text}"
