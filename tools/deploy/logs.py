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
"""Lines at once."""


def logs(project: str, function: str | None, since: str | None) -> None:
    """Print what a function logged, oldest first."""
    names = [each.name for each in FUNCTIONS]
    if function not in names:
        raise Failure(f"Name one of the functions: make logs FUNCTION=upload. There are: {', '.join(names)}.")
    since = since or "1h"
    if not _SINCE.fullmatch(since):
        raise Failure(f"SINCE takes a number and s, m, h or d, such as SINCE=30m, not {since!r}.")
    service = outputs(project)["functions"][function]
    print(f"Reading what {function} logged in the last {since}, {_MOST} lines at most.", flush=True)
    query = f'resource.type="cloud_run_revision" AND resource.labels.service_name="{service}"'
    options = [f"--project={project}", f"--freshness={since}", f"--limit={_MOST}", "--format=json"]
    entries = json.loads(gcloud("logging", "read", query, *options) or "[]")
    for entry in reversed(entries):
        print(line(entry))


def line(entry: dict[str, Any]) -> str:
    """One entry as `TIME SEVERITY message`; of a request, its method, status, seconds and URL."""
    request = entry.get("httpRequest")
    payload = entry.get("jsonPayload", {})
    if request:
        text = " ".join(str(request.get(each, "-")) for each in ("requestMethod", "status", "latency", "requestUrl"))
    else:
        text = entry.get("textPayload") or payload.get("message") or json.dumps(payload)
    return f"{entry.get('timestamp', '')[:19]}Z {entry.get('severity', 'DEFAULT'):8} {text}"
