"""Child process: the simplest upload loop, with one `requests.post` after the other.

python -m tools.bench.sequential PORT KEY < paths, one a line
"""

import json
import sys
from collections import Counter
from pathlib import Path

import requests

_TIMEOUT = 60
"""The time limit of a request, in seconds."""


def main(port: str, key: str) -> None:
    """Upload all files, and print the number of responses with each status."""
    statuses: Counter[int] = Counter()
    for line in sys.stdin:
        path = Path(line.rstrip("\n"))
        with path.open("rb") as file:
            form = {"image": (path.name, file)}
            response = requests.post(
                f"http://127.0.0.1:{port}/upload",
                files=form,
                data={"album": path.parent.name},
                headers={"X-API-Key": key},
                timeout=_TIMEOUT,
            )
        statuses[response.status_code] += 1
    print(json.dumps(statuses))


if __name__ == "__main__":
    main(*sys.argv[1:])
