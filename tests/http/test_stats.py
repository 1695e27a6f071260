"""The counts that `GET /stats` shows."""

from typing import Any

import pytest

from functions.domain.ports import Tally
from functions.services.hits import FLUSH_AT_THE_END
from functions.wiring import wiring
from tests.harness import ALICE, Service
from tests.photos import jpeg, photo, png


def stats(service: Service, query: str = "") -> dict[str, Any]:
    wiring().hits().flush(FLUSH_AT_THE_END)
    response = service.get(f"/stats{query}", key=ALICE)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.get_json()
    return answer


def test_an_empty_repository_has_counts_of_zero(service: Service) -> None:
    answer = stats(service)
    assert answer.pop("as_of").endswith("Z")
    assert answer == {"images": 0, "bytes": 0, "formats": {}, "views": 0, "calls": {}, "top": []}


def test_totals_are_those_of_the_images(service: Service) -> None:
    files = [jpeg(photo(64, 48)), png(photo(30, 20)), png(photo(31, 20))]
    for each in files:
        service.stored(each)
    answer = stats(service)
    assert (answer["images"], answer["bytes"]) == (3, sum(map(len, files)))
    assert answer["formats"] == {
        "jpeg": {"images": 1, "bytes": len(files[0])},
        "png": {"images": 2, "bytes": len(files[1]) + len(files[2])},
    }


def test_requests_for_an_image_are_views_and_lists_are_not(service: Service) -> None:
    one = service.stored(jpeg(photo(64, 48)))["id"]
    other = service.stored(jpeg(photo(48, 64)))["id"]
    for path in (f"/fetch/{one}", f"/fetch/{one}/thumbnail", f"/fetch/{one}", f"/fetch/{other}"):
        service.get(path)
    service.request("HEAD", f"/fetch/{one}")
    service.get("/list")
    service.get("/fetch/" + "a" * 26)
    answer = stats(service)
    assert answer["views"] == 4
    assert [(each["id"], each["views"]) for each in answer["top"]] == [(one, 3), (other, 1)]
    assert answer["top"][0]["url"].endswith(f"/fetch/{one}")
    assert answer["calls"]["fetch"] == 8
    assert answer["calls"]["upload"] == answer["calls"]["make-thumbnails"] == 2
    assert stats(service, "?limit=1")["top"] == answer["top"][:1]


def test_a_draw_is_a_view(service: Service) -> None:
    service.stored(jpeg(photo(64, 48)))
    for path in ("/random", "/random?redirect=160", "/random?count=3"):
        service.get(path)
    assert stats(service)["views"] == 3


def test_a_deleted_image_is_not_among_the_top(service: Service) -> None:
    image_id = service.stored(jpeg(photo(64, 48)))["id"]
    service.get(f"/fetch/{image_id}")
    wiring().hits().flush(FLUSH_AT_THE_END)
    service.request("DELETE", f"/delete/{image_id}", key=ALICE)
    service.deliver()
    answer = stats(service)
    assert (answer["images"], answer["views"], answer["top"]) == (0, 0, [])
    assert service.counters.total(Tally.VIEWS) == 0


def test_views_that_were_saved_after_a_deletion_are_removed(service: Service) -> None:
    gone, here = (service.stored(jpeg(photo(side, 30)))["id"] for side in (30, 40))
    for _ in range(3):
        service.get(f"/fetch/{gone}")
    service.get(f"/fetch/{here}")
    service.request("DELETE", f"/delete/{gone}", key=ALICE)
    service.deliver()
    answer = stats(service, "?limit=1")
    assert (answer["views"], [each["id"] for each in answer["top"]]) == (1, [here])


@pytest.mark.parametrize("query", ["?limit=0", "?limit=101", "?limit=x"])
def test_an_invalid_limit_is_refused(query: str, service: Service) -> None:
    assert service.get(f"/stats{query}", key=ALICE).get_json()["code"] == "invalid_field"


def test_the_counts_need_a_key(service: Service) -> None:
    assert service.get("/stats").status_code == 401
