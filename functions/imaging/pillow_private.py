"""Pillow's private API: the only module of the service that uses it.

Pillow may change private names in any release. `CHECKED_VERSIONS` lists the releases with which this module was
checked, and the tests fail with any other one. tests/house/test_private_api.py fails if another module uses a private
name. Each name is here because the public way costs too much, as measured with Pillow 13.0.0:

- `_webp.WebPAnimDecoder`. `Image.open` keeps the decoder for as long as the image lives, and copies each frame. For 50
  megapixels that takes 765 MiB instead of 574 MiB, and 18 % more CPU time.
- `_webp.WebPAnimEncoder`. `Image.save` needs all frames and all durations before it starts. For 40 frames of 0.8
  megapixels that takes 190 MiB instead of 62 MiB.
- `ImageFile.tile`. There is no public way: Pillow reduces colours of 16 bits a channel to 8 bits, so that images which
  differ only in the low bits would become one. A decoder in Python (pypng) takes 2.2 s of CPU time for a megapixel; the
  whole fingerprint takes 0.14 s with this module.
"""

from collections.abc import Iterator
from typing import Final

from PIL import Image, ImageFile

from functions.domain.errors import DamagedImage

CHECKED_VERSIONS: Final = ("13.0.0",)
"""The versions of Pillow with which this module was checked. To check another one, compare its `src/_webp.c`,
`WebPImagePlugin.py`, `ImageFile.py` and `PngImagePlugin.py` with those of the last version here, then run tests/imaging
with it, the slow tests included."""

_BACKGROUND = 0
"""Transparent black."""
_FOREVER = 0
"""The number of loops of an animation that never stops."""
_KEYFRAMES: Final = (3, 5)
"""The least and the greatest distance between keyframes: the defaults of Pillow and of libwebp's `gif2webp`."""
_ALPHA_QUALITY = 100
_NO_METADATA: Final = ("", b"", b"")
"""Colour profile, EXIF and XMP."""


def webp_frames(data: bytes, size: tuple[int, int], count: int) -> Iterator[tuple[Image.Image, int]]:
    """Decode a WebP file frame by frame.

    The decoder holds a copy of the file and two canvases of 4 bytes a pixel. It is released before the last frame is
    yielded, so a still image costs one canvas from then on. The frames are read-only.

    Args:
        data: The file. This function does not keep it.
        size: Width and height in pixels that the file must have.
        count: The number of frames that the file must have.

    Yields:
        Each frame (mode RGBA or RGBX) and its duration in milliseconds.

    Raises:
        DamagedImage: The decoder finds another size or another number of frames.
        OSError: The file is not WebP, or a frame cannot be decoded.
    """
    from PIL import _webp  # noqa: PLC0415 - only WebP needs it

    decoder = _webp.WebPAnimDecoder(data)
    del data
    found_size, _, _, found_count, mode = decoder.get_info()
    if (found_size, found_count) != (size, count):
        raise DamagedImage
    start = 0
    for number in range(1, count + 1):
        samples, end = decoder.get_next()
        if number == count:
            del decoder
        yield Image.frombuffer(mode, size, samples, "raw", mode, 0, 1), end - start
        start = end


class WebPAnimation:
    """An animated WebP file, encoded frame by frame, so that only one frame is in memory.

    Args:
        size: Width and height in pixels of each frame.
        quality: 0 to 100, as in `Image.save`.
        method: The effort, 0 to 6, as in `Image.save`.
    """

    def __init__(self, size: tuple[int, int], quality: int, method: int) -> None:
        from PIL import _webp  # noqa: PLC0415 - few images are animated

        minimize_size = allow_mixed = verbose = False
        self._encoder = _webp.WebPAnimEncoder(
            size, _BACKGROUND, _FOREVER, minimize_size, *_KEYFRAMES, allow_mixed, verbose
        )
        lossless = False
        self._settings = (lossless, quality, _ALPHA_QUALITY, method)
        self._end = 0

    def add(self, frame: Image.Image, duration: int) -> None:
        """Encode a frame of mode RGB, RGBA or RGBX that is shown for `duration` milliseconds.

        Raises:
            ValueError: The frame has another mode.
            RuntimeError: libwebp cannot encode the frame, for example because its size is another one.
        """
        self._encoder.add(frame.getim(), self._end, *self._settings)
        self._end += duration

    def assemble(self) -> bytes:
        """The file. Call this once, after the last frame.

        Raises:
            RuntimeError: There is no frame, or libwebp cannot write the file.
        """
        self._encoder.add(None, self._end, *self._settings)
        return bytes(self._encoder.assemble(*_NO_METADATA))


def unpack_as(image: ImageFile.ImageFile, rawmode: str) -> None:
    """Set how the decoder unpacks the samples of a PNG that is not decoded yet.

    Args:
        image: A PNG whose mode has as many channels as `rawmode`.
        rawmode: For example "RGB;16B" for the high bytes of 16-bit colours, and "RGB;16L" for the low bytes.
    """
    image.tile = [image.tile[0]._replace(args=rawmode)]
