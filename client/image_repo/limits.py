"""What the service accepts. All sizes are in bytes, those of texts as UTF-8."""

from typing import Final

MAX_CAPTION: Final = 2_000
MAX_ALBUM: Final = 255
MAX_FILENAME: Final = 255
MAX_TAG: Final = 64
MAX_TAGS: Final = 32
"""The most tags of one image."""
MAX_DIRECT: Final = 30 * 1024 * 1024
"""The largest file for one request. A larger file needs an upload ticket."""
MAX_PAGE: Final = 100
"""The most images on one page of a list."""
MAX_RANDOM: Final = 32
"""The most images of one random draw."""
