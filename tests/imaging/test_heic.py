"""HEIC: what is decoded, by which library, and how much memory a hostile file can take."""

import shutil
import struct
import subprocess
import sys
import time
import tracemalloc
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from PIL import Image

from functions.domain.errors import DamagedImage, ImageTooLarge
from functions.domain.ids import image_id
from functions.domain.limits import HTTP_LIMITS, MIB
from functions.imaging import gate, heif, pixels
from functions.imaging.containers import isobmff
from functions.imaging.examine import examine
from functions.imaging.fingerprint import fingerprint
from tests import photos
from tests.imaging.cases import files

FOLDER = Path(__file__).parent / "heic"
DAMAGED = {"corrupted.heic", "truncated.heic"}
NAMES = sorted({each.name for each in FOLDER.glob("*.hei?")} - DAMAGED)
HEIF_CONVERT = shutil.which("heif-dec") or shutil.which("heif-convert")


def read(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


def id_of(data: bytes) -> str:
    return image_id(bytes.fromhex(fingerprint(data, gate.check(data, HTTP_LIMITS))))


def opened(data: bytes) -> Image.Image:
    return pixels.open_image(data, gate.check(data, HTTP_LIMITS))


def values(image: Image.Image) -> NDArray[np.int64]:
    """The samples as whole numbers of 8 bits."""
    samples = np.asarray(image).astype(np.int64)
    return samples >> 8 if image.mode == "I;16" else samples


def test_lossless_heic_is_decoded_without_loss() -> None:
    with Image.open(FOLDER / "LA_8__29x100.png") as source:
        assert np.array_equal(values(opened(read("LA_8__29x100.heif"))), values(source.convert("RGBA")))


def grid() -> bytes:
    """A picture of tiles, as phones save it."""
    return photos.heic(photos.photo(200, 150), tile_size=64)


@pytest.mark.skipif(
    HEIF_CONVERT is None, reason="heif-convert is missing. Install it: sudo apt install libheif-examples"
)
@pytest.mark.parametrize("name", [*NAMES, "grid", "turned by EXIF and container"])
def test_another_program_decodes_the_same_picture(name: str, tmp_path: Path) -> None:
    data = read(name) if name in NAMES else grid() if name == "grid" else files()["heic turned"]
    (tmp_path / "in.heic").write_bytes(data)
    subprocess.run([str(HEIF_CONVERT), "in.heic", "out.png"], cwd=tmp_path, capture_output=True, check=True, timeout=60)
    ours = opened(data)
    with Image.open(min(tmp_path.glob("out*.png"))) as theirs:
        assert theirs.size == ours.size
        mode = "L" if ours.mode in ("L", "I;16") else ours.mode
        difference = np.abs(values(ours) - values(theirs.convert(mode)))
    assert difference.max() <= 3, "more than what rounding to 8 bits explains"
    assert difference.mean() < 1


CRASHING = """
import sys
from functions.domain.limits import HTTP_LIMITS
from functions.imaging.examine import examine
print(examine(sys.stdin.buffer.read(), HTTP_LIMITS, sha256="").width)
"""


def test_a_file_that_crashed_an_older_release_is_decoded() -> None:
    """pi-heif 1.4.0 crashes: the type of a metadata item is not valid UTF-8."""
    data = read("invalid_metadata_type.heic")
    done = subprocess.run([sys.executable, "-c", CRASHING], input=data, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, b"16"), done.stderr


LOADED = """
import sys
from pathlib import Path
from functions.domain.limits import HTTP_LIMITS
from functions.imaging.examine import examine
from functions.imaging.gate import sniff
from functions.imaging.renditions import render

for path in map(Path, sys.argv[1:]):
    data = path.read_bytes()
    examine(data, HTTP_LIMITS, sha256="")
    render(data, sniff(data), [(20, 10)], full_size=True)
    print(path.name, *sorted({"pillow_heif", "_pillow_heif"} & set(sys.modules)), sep=":")
"""


def test_only_heic_loads_its_decoder(tmp_path: Path) -> None:
    others = [kind for kind in files() if not kind.startswith("heic")]
    for kind in (*others, "heic"):
        (tmp_path / kind).write_bytes(files()[kind])
    command = [sys.executable, "-c", LOADED, *(str(tmp_path / kind) for kind in (*others, "heic"))]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines() == [*others, "heic:_pillow_heif:pillow_heif"]


def test_pillow_decodes_avif_after_a_heic_too() -> None:
    opened(files()["heic"])
    assert type(opened(files()["avif"])).__module__ == "PIL.AvifImagePlugin"
    assert "HEIF" not in Image.OPEN


def test_libheif_applies_its_limits() -> None:
    data = files()["heic"]
    place = data.index(b"ispe") + 8
    with pytest.raises(RuntimeError, match="Security limit exceeded"):
        heif.picture(data[:place] + struct.pack(">II", 40_000, 40_000) + data[place + 8 :])


def test_a_colour_profile_that_pictures_share_is_read_once() -> None:
    shared = pillow_heif.HeifFile()
    for number in range(50):
        shared.add_from_pillow(Image.new("RGB", (64, 64), (number, 0, 0)))
        info: dict[str, Any] = shared[number].info
        info |= {"icc_profile": bytes(2 * MIB), "icc_profile_type": "prof"}
    file = BytesIO()
    shared.save(file, quality=10)
    data = file.getvalue()
    assert len(data) < 3 * MIB
    tracemalloc.start()
    try:
        assert len(gate.check(data, HTTP_LIMITS).colours.icc) == 2 * MIB
        assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    finally:
        tracemalloc.stop()


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def sharing(items: int, size: int, *, brand: bytes = b"heic", targets: int = 1, wide: bool = False) -> bytes:
    """A file of `items` metadata items that have the same `size` bytes, and each of which describes `targets` pictures.

    `wide` writes ids of 32 bits.
    """
    number = "I" if wide else "H"
    method = bytes(2 if wide else 0)
    located = about = b""
    for item in range(1, items + 1):
        located += struct.pack(f">{number}", item) + method + struct.pack(">HHII", 0, 1, 0, size)
        about += box(b"cdsc", struct.pack(f">{number}H", item, targets) + bytes(struct.calcsize(number) * targets))
    iloc = struct.pack(f">B3xBB{number}", 2 if wide else 0, 0x44, 0, items) + located
    iref = struct.pack(">B3x", wide) + about
    tables = box(b"iloc", iloc) + box(b"iref", iref)
    return box(b"ftyp", brand + bytes(4)) + box(b"meta", bytes(4) + tables) + box(b"mdat", bytes(size))


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("brand", [b"heic", b"avif"])
@pytest.mark.parametrize(("items", "targets"), [(100, 1), (1, 100)])
def test_items_that_share_bytes_cannot_multiply_them(brand: bytes, items: int, targets: int, *, wide: bool) -> None:
    data = sharing(items, 2_000_000, brand=brand, targets=targets, wide=wide)
    with pytest.raises(ImageTooLarge, match=r"have 200,000,000 bytes, although the file has only 2,00\d,\d{3}"):
        gate.check(data, HTTP_LIMITS)


@pytest.mark.parametrize(("items", "targets"), [(2, 1), (1, 2)])
def test_two_pictures_may_share_their_metadata(items: int, targets: int) -> None:
    isobmff.check(sharing(items, 2_000_000, targets=targets), HTTP_LIMITS)


def test_too_many_parts_of_items_are_damage() -> None:
    empty = struct.pack(">HHH", 1, 0, 65_535) * 65_535
    iloc = box(b"iloc", struct.pack(">IBBH", 0, 0, 0, 65_535) + empty)
    began = time.thread_time()
    with pytest.raises(DamagedImage):
        isobmff.check(box(b"meta", bytes(4) + iloc), HTTP_LIMITS)
    assert time.thread_time() - began < 1


def test_a_limit_of_libheif_is_the_fault_of_the_file() -> None:
    """It is an error of the allocation of memory by its name, but the same file always exceeds it."""
    data = box(b"ftyp", b"heic" + bytes(4)) + box(b"meta", bytes(4) + box(b"free", b"") * 150)
    with pytest.raises(RuntimeError, match="Memory allocation error: Security limit exceeded"):
        heif.header(data, isobmff.check(data, HTTP_LIMITS))
    with pytest.raises(DamagedImage):
        examine(data, HTTP_LIMITS, sha256="")
