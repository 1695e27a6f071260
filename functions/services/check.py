"""Find the files that the repository already has, so that a client need not send them again."""

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from functions.domain.ports import Bucket, Catalog
from functions.services.reconcile import is_alive

_THREADS = 16


def known_files(hashes: Collection[str], catalog: Catalog, originals: Bucket) -> Mapping[str, str]:
    """The files (SHA-256, hexadecimal) that the repository has, each with the id of its image.

    A client may delete its last copy of a photo because of this response, and the catalog can be older than the
    bucket. So this function checks each object.

    Raises:
        Unavailable: a backend did not answer.
    """
    entries = catalog.find_by_sha256(*hashes)
    with ThreadPoolExecutor(_THREADS) as pool:
        checked = pool.map(partial(is_alive, originals=originals), entries)
        return {each.facts.sha256: each.id for each, alive in zip(entries, checked, strict=True) if alive}
