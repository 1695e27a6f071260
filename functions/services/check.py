"""Tell which files are there already, so that nobody sends them again."""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from functions.domain.ports import Bucket, Catalog
from functions.services.reconcile import is_alive

_AT_ONCE = 16


def known_files(hashes: Collection[str], catalog: Catalog, originals: Bucket) -> Mapping[str, str]:
    """Those of the files (SHA-256, hexadecimal) that are there, each with its image's id.

    The catalog may be behind the bucket, and who is told that a photo is safe may delete the last copy of it; so each
    object is looked at.

    Raises:
        Unavailable: a backend did not answer.
    """
    entries = catalog.find_by_sha256(*hashes)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        alive = pool.map(partial(is_alive, originals=originals), entries)
        return {each.facts.sha256: each.id for each, there in zip(entries, alive, strict=True) if there}
