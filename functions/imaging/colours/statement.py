"""What a file says about its colours."""

from dataclasses import dataclass
from typing import Final

from functions.imaging.colours import cicp
from functions.imaging.colours.icc import Profile, parse
from functions.imaging.colours.space import Space, is_srgb

_CHANNELS: Final = {"CMYK": frozenset(("CMYK",)), "L": frozenset(("GRAY", "RGB"))}
"""The channels of the profiles that apply to an image of a mode. A profile for RGB applies to grey too."""
_OTHERS: Final = frozenset(("RGB",))


@dataclass(frozen=True, slots=True)
class Colours:
    """How a file says that its samples are to be read. Without a statement, they are sRGB.

    Attributes:
        icc: An ICC profile; empty if there is none.
        space: What else the file says. The profile, if it applies, takes precedence.
    """

    icc: bytes = b""
    space: Space | None = None

    def reading(self, mode: str) -> Profile | Space | None:
        """What applies to samples of that mode: "L", "CMYK", or any other for RGB. None means sRGB.

        A profile that is broken or belongs to other samples is ignored, as browsers do.
        """
        profile = parse(self.icc) if self.icc else None
        if profile is not None and profile.channels in _CHANNELS.get(mode, _OTHERS):
            space = _space_of(profile)
            if space is not None:
                return None if is_srgb(space, grey=mode == "L") else space
            return None if profile.is_srgb(grey=mode == "L") else profile
        if self.space is None or mode == "CMYK" or is_srgb(self.space, grey=mode == "L"):
            return None
        return self.space

    def identity(self, mode: str) -> bytes:
        """Bytes that are equal for files whose samples are to be read in the same way. Empty for sRGB."""
        reading = self.reading(mode)
        if isinstance(reading, Profile):
            return reading.identity
        return reading.name.encode() if reading else b""


def _space_of(profile: Profile) -> Space | None:
    """The space in a profile's tag `cicp` (ICC.1:2022, 9.2.17), which takes precedence over its other tags."""
    content = profile.tags.get(b"cicp", b"")
    return cicp.of_png(*content[8:12]) if profile.channels == "RGB" and len(content) == 12 else None  # noqa: PLR2004


SRGB: Final = Colours()
"""No statement."""
