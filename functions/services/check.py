"""Find the files that the repository already has: a client need not send them again, only their descriptions."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

from functions.domain.callers import Caller
from functions.domain.errors import ObjectNotFound
from functions.domain.filling import Words
from functions.domain.model import Description, Image
from functions.domain.ports import Bucket, Catalog
from functions.services.fill import fill_words

_THREADS = 16


class Checked(NamedTuple):
    """The image of a known file, and the effect of each description that was sent for the file."""

    image_id: str
    words: Sequence[Words]


def check_files(
    hashes: Collection[str],
    sent: Mapping[str, Sequence[Description]],
    caller: Caller,
    catalog: Catalog,
    originals: Bucket,
) -> Mapping[str, Checked]:
    """The files (SHA-256, hexadecimal) that the repository has. Descriptions fill what is empty in their images.

    A client may delete its last copy of a photo because of this response, and the catalog can be older than the
    bucket. So this function checks each object.

    Raises:
        Unavailable: a backend did not answer.
    """
    entries = catalog.find_by_sha256(*hashes)
    with ThreadPoolExecutor(_THREADS) as pool:
        descriptions = (sent.get(each.facts.sha256, ()) for each in entries)
        check = partial(_check, caller=caller, catalog=catalog, originals=originals)
        found = pool.map(check, entries, descriptions)
        return {each.facts.sha256: checked for each, checked in zip(entries, found, strict=True) if checked}


def _check(
    entry: Image, sent: Sequence[Description], *, caller: Caller, catalog: Catalog, originals: Bucket
) -> Checked | None:
    """The effect of the descriptions on one image; None if its object does not exist."""
    source = originals.stat(entry.object_name)
    if source is None or source.generation != entry.generation:
        return None
    words: list[Words] = []
    for each in sent:
        try:
            filled = fill_words(entry, source, each, caller=caller, catalog=catalog, originals=originals)
        except ObjectNotFound:
            return None
        entry, source = filled.image, filled.source
        words.append(filled.words or Words())
    return Checked(entry.id, words)
