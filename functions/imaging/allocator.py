"""How the C library's allocator is to treat pictures. With another one than glibc, nothing changes."""

import ctypes
from typing import Final

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""The parameters' numbers in glibc's malloc.h."""

_SETTINGS: Final = {
    _ARENA_MAX: 1,
    _MMAP_THRESHOLD: 32 << 20,  # bytes; the most that glibc takes
    _TRIM_THRESHOLD: 128 << 20,  # bytes; what the renditions of 12 megapixels take, and some more
}

_LIBC: Final = ctypes.CDLL(None)


def reuse_memory() -> None:
    """Keep a picture's memory for the next one.

    By default each buffer of a picture goes back to the system, and the next one is taken page by page, which costs a
    tenth of the CPU time of a set of renditions. One arena serves all threads, so that what is kept is kept once.
    """
    if hasattr(_LIBC, "mallopt"):
        for parameter, value in _SETTINGS.items():
            _LIBC.mallopt(parameter, value)


def release_memory() -> None:
    """Give back to the system what is kept, also from between what is in use: a large picture needs it at once."""
    if hasattr(_LIBC, "malloc_trim"):
        _LIBC.malloc_trim(0)
