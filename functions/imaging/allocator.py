"""How the C library's allocator is to treat pictures."""

import ctypes
from typing import Final

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""The parameters' numbers in glibc's malloc.h."""

_SETTINGS: Final = {
    _ARENA_MAX: 1,
    _MMAP_THRESHOLD: 32 << 20,  # bytes; the most that glibc takes
    _TRIM_THRESHOLD: 128 << 20,  # bytes; what the renditions of 12 megapixels take, and some more
}


def reuse_memory() -> None:
    """Have glibc keep a picture's memory for the next one; with another C library, nothing changes.

    By default it gives each buffer of a picture back to the system, and takes the next one page by page, which costs a
    tenth of the CPU time of a set of renditions. One arena serves all threads, so that what is kept is kept once.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for parameter, value in _SETTINGS.items():
            mallopt(parameter, value)
