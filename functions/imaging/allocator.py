"""Settings of glibc's memory allocator for images. With another C library, these functions do nothing."""

import ctypes
from typing import Final

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""The numbers of the parameters in glibc's malloc.h."""

_SETTINGS: Final = {
    _ARENA_MAX: 1,
    _MMAP_THRESHOLD: 32 << 20,  # bytes; the maximum that glibc accepts
    _TRIM_THRESHOLD: 128 << 20,  # bytes; more than the renditions of 12 megapixels need
}

_LIBC: Final = ctypes.CDLL(None)


def reuse_memory() -> None:
    """Keep the memory of an image for the next image.

    By default glibc returns each large buffer to the system. The next image then causes a page fault for each page,
    which takes a tenth of the CPU time of a set of renditions. All threads share one arena, so the memory is kept only
    once.
    """
    if hasattr(_LIBC, "mallopt"):
        for parameter, value in _SETTINGS.items():
            _LIBC.mallopt(parameter, value)


def release_memory() -> None:
    """Return all free memory to the system, also between allocations that are in use. Call it before a large image."""
    if hasattr(_LIBC, "malloc_trim"):
        _LIBC.malloc_trim(0)
