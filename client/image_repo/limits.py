"""What the service accepts. All sizes are in bytes, those of texts as UTF-8."""

from typing import Final

MAX_CAPTION: Final = 2_000
MAX_ALBUM: Final = 255
MAX_FILENAME: Final = 255
MAX_TAG: Final = 64
MAX_TAGS: Final = 32
"""Tags of one image."""
MAX_DIRECT: Final = 30 * 1024 * 1024
"""Of a file in one request; a larger one needs an upload ticket."""
MAX_PAGE: Final = 100
"""Images on one page of a list."""
MAX_RANDOM: Final = 32
"""Images of one random draw."""
