"""A deletion removes the entry, even if its event is lost."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from functions.domain.model import Image
from functions.domain.ports import Catalog
from tests.harness import ALICE, Service
from tests.photos import jpeg, photo


class Changing:
    """A catalog in which another client changes an entry right before the first deletion."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._left = 1

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(self._catalog, name)
        return method

    def delete(self, *, seen: Image) -> None:
        if self._left:
            self._left -= 1
            self._catalog.replace(replace(seen, placeholder="data:,"), seen=seen)
        self._catalog.delete(seen=seen)


def test_an_entry_that_changes_meanwhile_is_still_deleted(service: Service) -> None:
    image_id = service.stored(jpeg(photo(90, 60)))["id"]
    service.install(catalog=Changing(service.catalog))
    assert service.request("DELETE", f"/delete/{image_id}", key=ALICE).status_code == 204
    assert service.catalog.get(image_id) is None
