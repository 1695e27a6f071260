"""Child process: upload files over several connections at the same time, with as little work as possible.

    python -m tools.bench.load PORT KEY CONNECTIONS < paths, one a line

It reads all files before it begins. It prints when it began and ended (seconds of the monotonic clock, which is the
same in all processes), the seconds of each request, and the number of responses with each status.
"""

import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tools.bench.connection import Connection, upload


@dataclass(slots=True)
class _Found:
    seconds: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


def main(port: str, key: str, connections: str) -> None:
    """Upload all files."""
    paths = [Path(line.rstrip("\n")) for line in sys.stdin]
    requests = [upload(path.read_bytes(), path.name, key) for path in paths]
    count = int(connections)
    with ThreadPoolExecutor(count) as pool:
        began = time.monotonic()
        found = list(pool.map(lambda number: _send(int(port), requests[number::count]), range(count)))
        ended = time.monotonic()
    statuses = Counter(status for each in found for status in each.statuses)
    print(json.dumps({"began": began, "ended": ended, "latencies": _all(found), "statuses": statuses}))


def _send(port: int, requests: list[bytes]) -> _Found:
    found = _Found()
    with Connection(port) as connection:
        for each in requests:
            began = time.monotonic()
            found.statuses.append(connection.exchange(each).status)
            found.seconds.append(time.monotonic() - began)
    return found


def _all(found: list[_Found]) -> list[float]:
    return [seconds for each in found for seconds in each.seconds]


if __name__ == "__main__":
    main(*sys.argv[1:])
