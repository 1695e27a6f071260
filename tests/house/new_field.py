"""Follows a field `dummy` through the whole service. `test_new_field` runs this with sources that declare the field."""

import sqlite3
import sys
from contextlib import closing
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from functions.domain.model import WRITABLE
from tests.backends import Embedded
from tests.harness import ALICE, Service
from tests.photos import jpeg, photo
from tests.repairs import run_reindex


def listed(service: Service) -> list[Any]:
    """The value of the field in each image of the list, newest first."""
    return [each["dummy"] for each in service.get("/list").get_json()["images"]]


def upload_and_change(service: Service) -> None:
    data = jpeg(photo(60, 40))
    form = {"image": (BytesIO(data), "a.jpg"), "dummy": " e\u0301 ", "tags": "sea"}
    image = service.request("POST", "/upload", key=ALICE, data=form).get_json()
    (original,) = service.originals.list()
    assert image["dummy"] == original.metadata["dummy"] == "é"
    assert "extra" not in image
    service.deliver()
    assert listed(service) == ["é"]
    path, bound = f"/update/{image['id']}", WRITABLE["dummy"].kind.max_bytes
    assert bound
    refused = service.request("PATCH", path, key=ALICE, json={"dummy": "x" * (bound + 1)})
    assert (refused.status_code, refused.get_json()["field"]) == (400, "dummy")
    assert service.request("PATCH", path, key=ALICE, json={"dummy": "changed"}).get_json()["dummy"] == "changed"
    assert listed(service) == ["changed"]


def reindex_from_nothing(service: Service) -> None:
    for each in service.entries().values():
        service.catalog.delete(seen=each)
    assert listed(service) == []
    assert [each.outcome.value for each in run_reindex(service)] == ["made"]
    assert listed(service) == ["changed"]


def ticket_and_drop(service: Service) -> None:
    data = jpeg(photo(60, 40, seed=2))
    wanted = {"content_type": "image/jpeg", "bytes": len(data), "dummy": "by ticket"}
    ticket = service.request("POST", "/upload/tickets", key=ALICE, json=wanted).get_json()
    url = urlsplit(ticket["upload"]["url"])
    sent = service.request("PUT", f"{url.path}?{url.query}", data=data, headers=ticket["upload"]["headers"])
    assert sent.status_code == 200, sent.text
    service.deliver()
    answer = service.get(urlsplit(ticket["ticket_url"]).path, key=ALICE).get_json()
    assert answer["image"]["dummy"] == "by ticket"
    service.drop("b.jpg", jpeg(photo(60, 40, seed=3)), Dummy="by drop")
    service.deliver()
    assert listed(service) == ["by drop", "by ticket", "changed"]
    service.check_agreement()


def read_entries_of_an_earlier_release(service: Service, folder: Path) -> None:
    with closing(sqlite3.connect(folder / "catalog.db")) as connection, connection:
        connection.execute("UPDATE images SET document = json_remove(document, '$.dummy')")
    assert listed(service) == [None, None, None]


def main() -> int:
    with TemporaryDirectory() as folder, Service(Path(folder), Embedded()) as service:
        upload_and_change(service)
        reindex_from_nothing(service)
        ticket_and_drop(service)
        read_entries_of_an_earlier_release(service, Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
