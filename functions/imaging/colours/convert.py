"""Conversion of an image's colours to sRGB, which every viewer assumes if an image has no profile."""

from io import BytesIO

from PIL import Image

from functions.imaging.colours.icc import Profile, profile_of
from functions.imaging.colours.statement import Colours
from functions.imaging.modes import in_mode


def to_srgb(image: Image.Image, colours: Colours) -> Image.Image:
    """The image in sRGB: RGBA if it has an alpha channel, RGB otherwise."""
    if image.mode == "I;16":
        image = image.point(lambda value: value * (1 / 257) + 0.5).convert("L")
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    samples = in_mode(image, {"LA": "L", "RGBA": "RGB", "RGBX": "RGB"}.get(image.mode, image.mode))
    converted = _converted(samples, colours) or in_mode(samples, "RGB")
    if alpha is not None:
        converted.putalpha(alpha)
    return converted


def _converted(image: Image.Image, colours: Colours) -> Image.Image | None:
    """The image in sRGB; None if its samples are sRGB, or if the library cannot use the profile."""
    reading = colours.reading(image.mode)
    if reading is None:
        return None
    if isinstance(reading, Profile):
        return _transformed(in_mode(image, "RGB") if reading.channels == "RGB" else image, colours.icc)
    return _transformed(in_mode(image, "RGB"), profile_of(reading))


def _transformed(image: Image.Image, profile: bytes) -> Image.Image | None:
    from PIL import ImageCms  # noqa: PLC0415 - few images need it

    try:
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, ImageCms.getOpenProfile(BytesIO(profile)), srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
