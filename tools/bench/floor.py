"""Child process: only the necessary work of an upload, which is the decoding and the SHA-512 of the pixels.

python -m tools.bench.floor < paths, one a line
"""

import hashlib
import json
import os
import resource
import sys
import time
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

from PIL import Image


def main() -> None:
    """Hash the files with one process on each CPU.

    Prints when it began and ended (seconds of the monotonic clock) and its CPU seconds.
    """
    files = [Path(line.rstrip("\n")).read_bytes() for line in sys.stdin]
    count = len(os.sched_getaffinity(0))
    # A forked process already has the files in memory.
    context = get_context("fork")
    processes = [context.Process(target=_hash, args=(files[number::count],)) for number in range(count)]
    began = time.monotonic()
    for each in processes:
        each.start()
    for each in processes:
        each.join()
    ended = time.monotonic()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    failed = any(each.exitcode for each in processes)
    print(json.dumps({"began": began, "ended": ended, "cpu": used.ru_utime + used.ru_stime, "failed": failed}))


def _hash(files: list[bytes]) -> None:
    for file in files:
        with Image.open(BytesIO(file)) as image:
            hashlib.sha512(image.tobytes()).hexdigest()


if __name__ == "__main__":
    main()
