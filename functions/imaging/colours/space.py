"""RGB colour spaces: their primaries, white point and curve, and the test whether one is sRGB."""

from enum import StrEnum
from typing import Final, NamedTuple

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]
"""Three rows."""

COLUMN_TOLERANCE: Final = 0.002
"""How far a value of a profile's matrix may be from that of sRGB: half a level of 8 bits in linear light."""

CURVE_TOLERANCE: Final = 1 / 255
"""How far the colours of a curve may be from those of sRGB: one level of 8 bits."""

D50: Final[Vector] = (0.9642, 1.0, 0.8249)
"""The white point of ICC profiles, as XYZ."""

_BRADFORD: Final[Matrix] = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
"""From XYZ to the responses of the eye that the Bradford adaptation scales (ICC.1:2022, annex E)."""


class Curve(NamedTuple):
    """From samples (0 to 1) to linear light: (ax + b)^g from x = d on, and cx below.

    These are the parameters of ICC's parametric curve of type 3 (ICC.1:2022, 10.18).
    """

    g: float
    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0

    def __call__(self, sample: float) -> float:
        """The linear light of a sample."""
        return (self.a * sample + self.b) ** self.g if sample >= self.d else self.c * sample


class HighDynamicRange(StrEnum):
    """Curves that reach beyond the white of paper (ITU-R BT.2100)."""

    PQ = "pq"
    HLG = "hlg"


class Space(NamedTuple):
    """An RGB colour space.

    Attributes:
        name: Identifies it in fingerprints, so it must never change.
        chromaticities: x and y of white, red, green and blue.
        curve: From samples to linear light.
    """

    name: str
    chromaticities: tuple[float, ...]
    curve: Curve | HighDynamicRange


SRGB_CURVE: Final = Curve(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
SRGB_CHROMATICITIES: Final = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)


def to_xyz(chromaticities: tuple[float, ...]) -> Matrix:
    """The matrix from linear RGB to XYZ, both with the white point of the space.

    Raises:
        ValueError: The primaries are on one line, or a y is 0. They span no colour space.
    """
    white, *primaries = (_xyz(x, y) for x, y in zip(chromaticities[::2], chromaticities[1::2], strict=True))
    columns = transposed((primaries[0], primaries[1], primaries[2]))
    scale = times(inverse(columns), white)
    return product(columns, _diagonal(scale))


def to_d50(chromaticities: tuple[float, ...]) -> Matrix:
    """The matrix from linear RGB to the XYZ of ICC profiles, whose white point is D50.

    Raises:
        ValueError: The primaries span no colour space.
    """
    source = times(_BRADFORD, _xyz(*chromaticities[:2]))
    target = times(_BRADFORD, D50)
    scale = target[0] / source[0], target[1] / source[1], target[2] / source[2]
    adaptation = product(inverse(_BRADFORD), product(_diagonal(scale), _BRADFORD))
    return product(adaptation, to_xyz(chromaticities))


def is_srgb_matrix(matrix: Matrix) -> bool:
    """Whether the matrix from linear RGB to XYZ with white D50 is that of sRGB, within `COLUMN_TOLERANCE`."""
    pairs = zip(matrix, _SRGB_MATRIX, strict=True)
    return all(
        abs(one - other) <= COLUMN_TOLERANCE for row, srgb in pairs for one, other in zip(row, srgb, strict=True)
    )


def is_white(matrix: Matrix) -> bool:
    """Whether the matrix from linear RGB to XYZ makes white of equal samples, within `COLUMN_TOLERANCE` for each."""
    return all(abs(sum(row) - white) <= 3 * COLUMN_TOLERANCE for row, white in zip(matrix, D50, strict=True))


def is_srgb(space: Space, *, grey: bool) -> bool:
    """Whether the space is sRGB within the tolerances. For grey samples, only the curve matters."""
    return (
        isinstance(space.curve, Curve)
        and is_srgb_curve([space.curve(level / 255) for level in range(256)])
        and (grey or is_srgb_matrix(to_d50(space.chromaticities)))
    )


def is_srgb_curve(light: list[float]) -> bool:
    """Whether the linear light of the 256 levels is that of sRGB, within `CURVE_TOLERANCE`."""
    return all(abs(encoded(each) - level / 255) <= CURVE_TOLERANCE for level, each in enumerate(light))


def encoded(light: float) -> float:
    """The sample (0 to 1) of sRGB for linear light, which is cut to 0 and 1."""
    light = min(max(light, 0.0), 1.0)
    return 1.055 * light ** (1 / 2.4) - 0.055 if light > 0.0031308 else 12.92 * light  # noqa: PLR2004 - IEC 61966-2-1


def times(matrix: Matrix, vector: Vector) -> Vector:
    """Matrix times vector."""
    x, y, z = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return x, y, z


def product(one: Matrix, other: Matrix) -> Matrix:
    """Matrix times matrix."""
    columns = transposed(other)
    return transposed((times(one, columns[0]), times(one, columns[1]), times(one, columns[2])))


def transposed(matrix: Matrix) -> Matrix:
    """The matrix with its rows as columns."""
    x, y, z = zip(*matrix, strict=True)
    return x, y, z


def inverse(matrix: Matrix) -> Matrix:
    """The inverse matrix.

    Raises:
        ValueError: There is none.
    """
    rows = [_cross(matrix[1], matrix[2]), _cross(matrix[2], matrix[0]), _cross(matrix[0], matrix[1])]
    determinant = sum(a * b for a, b in zip(matrix[0], rows[0], strict=True))
    if abs(determinant) < 1e-9:  # noqa: PLR2004 - far less than that of any real space
        raise ValueError("the primaries span no colour space")
    return product(_diagonal((1 / determinant,) * 3), transposed((rows[0], rows[1], rows[2])))


def _diagonal(values: Vector) -> Matrix:
    return (values[0], 0.0, 0.0), (0.0, values[1], 0.0), (0.0, 0.0, values[2])


def _cross(one: Vector, other: Vector) -> Vector:
    return (
        one[1] * other[2] - one[2] * other[1],
        one[2] * other[0] - one[0] * other[2],
        one[0] * other[1] - one[1] * other[0],
    )


def _xyz(x: float, y: float) -> Vector:
    """The XYZ with Y = 1 of a chromaticity."""
    if not y:
        raise ValueError("a chromaticity has the y 0")
    return x / y, 1.0, (1 - x - y) / y


_SRGB_MATRIX: Final = to_d50(SRGB_CHROMATICITIES)
