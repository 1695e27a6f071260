"""The memory of images is reused for the next image, and returned to the system before a large one."""

import subprocess
import sys

PICTURES = """
import resource, sys
from functions.domain.formats import JPEG
from functions.imaging.renditions import render
from tests.photos import jpeg, photo

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

file = jpeg(photo(1600, 1200))
render(file, JPEG, [(1280, 960)])
before = faults()
for _ in range(4):
    render(file, JPEG, [(1280, 960)])
print((faults() - before) / 4)
"""
PAGES = 1600 * 1200 * 4 / 4096
"""The number of memory pages that one image takes."""


def test_an_image_reuses_the_memory_of_the_previous_one() -> None:
    """Memory from the system would cause a page fault for each page."""
    done = subprocess.run([sys.executable, "-c", PICTURES], capture_output=True, text=True, check=True)
    assert float(done.stdout) < PAGES / 4


LARGE = """
from pathlib import Path
from functions.imaging.budget import decoding
import functions.imaging.pixels

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

before = resident()
kept = [b"x" * (number + 1_000_000) for number in range(100)]
held = bytes(100)
del kept
after = resident()
with decoding(50_000_000):
    print(after - before, resident() - before)
"""


def test_free_memory_is_returned_before_a_large_image() -> None:
    done = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True, check=True)
    kept, left = map(int, done.stdout.split())
    assert kept > 90_000_000
    assert left < 10_000_000
