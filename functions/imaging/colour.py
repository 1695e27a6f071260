"""Conversion of an image's colours to sRGB, which every viewer assumes if an image has no profile."""

from io import BytesIO
from typing import TYPE_CHECKING, Final

from PIL import Image

from functions.imaging.modes import in_mode

if TYPE_CHECKING:
    from PIL.ImageCms import ImageCmsProfile

_SPACES: Final = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}
"""Each mode of Pillow with the colour space that its profile must have."""

_SRGB: Final = frozenset(("sRGB IEC61966-2.1", "sRGB built-in", "sRGB", "c2", "sRGB2014"))
"""The descriptions of the usual sRGB profiles. They need no conversion."""


def to_srgb(image: Image.Image, icc: bytes) -> Image.Image:
    """The image in sRGB: RGBA if it has an alpha channel, RGB otherwise.

    A profile that is broken or belongs to another colour space is ignored. Without a profile, the colours are sRGB.
    """
    if image.mode == "I;16":
        image = image.point(lambda value: value * (1 / 257) + 0.5).convert("L")
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    colours = in_mode(image, {"LA": "L", "RGBA": "RGB", "RGBX": "RGB"}.get(image.mode, image.mode))
    converted = (_transformed(colours, icc) if icc else None) or in_mode(colours, "RGB")
    if alpha is not None:
        converted.putalpha(alpha)
    return converted


def _transformed(image: Image.Image, icc: bytes) -> Image.Image | None:
    from PIL import ImageCms  # noqa: PLC0415 - few images need it

    try:
        profile = ImageCms.getOpenProfile(BytesIO(icc))
        if profile.profile.xcolor_space.strip() != _SPACES.get(image.mode) or _is_srgb(profile):
            return None
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, profile, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def _is_srgb(profile: "ImageCmsProfile") -> bool:
    return (profile.profile.profile_description or "").strip() in _SRGB
