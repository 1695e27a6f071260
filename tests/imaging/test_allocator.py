"""What the pictures of a process cost the system's memory."""

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
"""Of the system's memory, that the picture takes."""


def test_the_next_picture_takes_the_memory_of_the_one_before() -> None:
    """Taken from the system anew, it would cost a page fault for each of its pages."""
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


def test_a_large_picture_finds_what_was_kept_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True, check=True)
    kept, left = map(int, done.stdout.split())
    assert kept > 90_000_000
    assert left < 10_000_000
