"""Lists and random images, as a site requests them."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from itertools import chain, pairwise

import pytest

from tests.harness import Service
from tests.photos import jpeg, photo, png


class TestList:
    @pytest.fixture
    def ids(self, service: Service) -> list[str]:
        """The ids of seven images, oldest first. Every second one has a tag."""
        sent = [service.upload(png(photo(30 + n, 20)), tags="even" if n % 2 == 0 else "") for n in range(7)]
        return [each.get_json()["id"] for each in sent]

    def pages(self, service: Service, query: str) -> list[list[str]]:
        pages, url = [], f"/list?{query}"
        while True:
            response = service.get(url)
            body = response.get_json()
            pages.append([each["id"] for each in body["images"]])
            if body["next_page_token"] is None:
                assert "Link" not in response.headers
                return pages
            link = response.headers["Link"]
            assert link.endswith('>; rel="next"')
            url = link[1:].partition(">")[0].removeprefix("http://localhost")

    def test_pages_list_all_images_newest_first(self, service: Service, ids: list[str]) -> None:
        pages = self.pages(service, "limit=3")
        assert [len(each) for each in pages] == [3, 3, 1]
        assert list(chain(*pages)) == ids[::-1]

    def test_a_list_can_begin_with_the_oldest(self, service: Service, ids: list[str]) -> None:
        assert list(chain(*self.pages(service, "limit=2&order=oldest"))) == ids

    def test_a_list_can_be_filtered(self, service: Service, ids: list[str]) -> None:
        assert list(chain(*self.pages(service, "limit=3&tag=even"))) == ids[::-2]
        assert len(service.get("/list?uploader=alice&format=png").get_json()["images"]) == 7
        assert service.get("/list?uploader=bob").get_json() == {"images": [], "next_page_token": None}

    def test_composed_and_decomposed_accents_are_the_same(self, service: Service) -> None:
        composed, decomposed = "\u00c9t\u00e9", "E\u0301te\u0301"  # macOS names folders in the decomposed form
        for number, text in enumerate((composed, decomposed)):
            assert service.upload(png(photo(40 + number, 20)), album=text, tags=text).status_code == 201
        for text in (composed, decomposed):
            for query in (f"/list?album={text}", f"/list?tag={text}", f"/random?count=9&album={text}"):
                found = service.get(query).get_json()["images"]
                assert [(each["album"], each["tags"]) for each in found] == [(composed, [composed])] * 2

    def test_a_full_last_page_has_no_page_token(self, service: Service, ids: list[str]) -> None:
        assert service.get(f"/list?limit={len(ids)}").get_json()["next_page_token"] is None

    def test_a_page_token_is_valid_only_for_its_own_query(self, service: Service, ids: list[str]) -> None:
        assert ids
        token = service.get("/list?limit=3").get_json()["next_page_token"]
        response = service.get(f"/list?limit=3&tag=even&page_token={token}")
        assert (response.status_code, response.get_json()["code"]) == (400, "invalid_page_token")

    @pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
    def test_a_page_token_with_an_impossible_time_is_refused(self, service: Service, ids: list[str], time: str) -> None:
        assert ids
        token = service.get("/list?limit=3").get_json()["next_page_token"]
        last, _, mark = json.loads(urlsafe_b64decode(token))
        forged = urlsafe_b64encode(json.dumps([last, time, mark]).encode()).decode()
        response = service.get(f"/list?limit=3&page_token={forged}")
        assert (response.status_code, response.get_json()["code"]) == (400, "invalid_page_token")

    def test_times_decrease(self, service: Service, ids: list[str]) -> None:
        assert ids
        times = [each["uploaded_at"] for each in service.get("/list").get_json()["images"]]
        assert all(later >= earlier for later, earlier in pairwise(times))


class TestRandom:
    def test_a_random_image_can_be_a_redirect_to_its_thumbnail(self, service: Service) -> None:
        image = service.stored(jpeg(photo(700, 400)), tags="sea")
        assert service.get("/random?tag=sea").get_json()["id"] == image["id"]
        response = service.get("/random?redirect=300")
        assert response.status_code == 302
        assert response.headers["Location"].endswith("/r1/320.webp")
        assert response.headers["Cache-Control"] == "no-store"
        assert service.get("/random?tag=land").status_code == 404

    def test_several_random_images_are_different(self, service: Service) -> None:
        ids = {service.upload(png(photo(30 + n, 20))).get_json()["id"] for n in range(5)}
        for _ in range(10):
            drawn = [each["id"] for each in service.get("/random?count=4").get_json()["images"]]
            assert len(set(drawn)) == 4
            assert set(drawn) <= ids
        assert {each["id"] for each in service.get("/random?count=20").get_json()["images"]} == ids
