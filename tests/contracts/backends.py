"""How a contract suite opens and closes a backend, also in other processes.

A `Reopen…` function opens one namespace (a file, a folder, a collection or a bucket). It can be called several times,
and can be pickled, so that other processes open the same namespace. Each call of a `Fresh…` function creates a new,
empty namespace and returns the `Reopen…` function for it.
"""

from collections.abc import Callable
from typing import Protocol

from hypothesis import HealthCheck, settings

from functions.domain.ports import Bucket, Catalog


class OpenCatalog(Catalog, Protocol):
    """A catalog that can close its files or connections."""

    def close(self) -> None: ...


class OpenBucket(Bucket, Protocol):
    """A bucket that can close its files or connections."""

    def close(self) -> None: ...


ReopenCatalog = Callable[[], OpenCatalog]
FreshCatalog = Callable[[], ReopenCatalog]
ReopenBucket = Callable[[], OpenBucket]
FreshBucket = Callable[[], ReopenBucket]


def model_settings(examples: int) -> settings:
    """Settings for the comparison of a backend with its model. A busy machine may be slow: there is no time limit."""
    return settings(
        max_examples=examples, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )
