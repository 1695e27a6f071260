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
