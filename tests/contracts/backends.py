"""What a contract suite needs of a backend besides its port: to be opened, to be closed, and to be opened elsewhere.

A `Reopen…` opens one namespace (a file, a folder, a collection, a bucket) as often as it is called, and can be pickled,
so that other processes open the very same. A `Fresh…` gives the way into a new, empty namespace at each call.
"""

from collections.abc import Callable
from typing import Protocol

from hypothesis import HealthCheck, settings

from functions.domain.ports import Bucket, Catalog


class OpenCatalog(Catalog, Protocol):
    """A catalog that can let go of its files or connections."""

    def close(self) -> None: ...


class OpenBucket(Bucket, Protocol):
    """A bucket that can let go of its files or connections."""

    def close(self) -> None: ...


ReopenCatalog = Callable[[], OpenCatalog]
FreshCatalog = Callable[[], ReopenCatalog]
ReopenBucket = Callable[[], OpenBucket]
FreshBucket = Callable[[], ReopenBucket]


def model_settings(examples: int) -> settings:
    """For comparing a backend with its model: how long a call takes is nobody's fault here."""
    return settings(
        max_examples=examples, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )
