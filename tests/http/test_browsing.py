"""Lists and random images, as a site requests them."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from itertools import chain, pairwise

import pytest
from PIL import ExifTags

from tests.harness import Service
from tests.photos import exif_bytes, jpeg, photo, png


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

    def test_a_list_can_go_by_the_cameras_clock(self, service: Service) -> None:
        """The photos are listed by what their cameras showed, not by the instants; those without a time come last."""
        times = ["2024-07-01T23:59:59-10:00", "2024-07-02T00:00:00", "2024-07-02T00:00:01+14:00", None, None]
        sent = [service.upload(png(photo(30 + n, 20)), taken_at=each or "") for n, each in enumerate(times)]
        ids = [each.get_json()["id"] for each in sent]
        for limit in range(1, 6):
            ascending = list(chain(*self.pages(service, f"limit={limit}&order=taken")))
            descending = list(chain(*self.pages(service, f"limit={limit}&order=-taken")))
            assert ascending == [*ids[:3], *sorted(ids[3:])]
            assert descending == [*ids[2::-1], *sorted(ids[3:], reverse=True)]

    def test_photos_of_a_burst_are_in_their_order(self, service: Service) -> None:
        for number, fraction in enumerate(["5", "25", "75", "1"]):
            tags: dict[int, str] = {
                ExifTags.Base.DateTimeOriginal: "2024:07:01 12:00:00",
                ExifTags.Base.SubsecTimeOriginal: fraction,
            }
            assert service.upload(jpeg(photo(40 + number, 20), exif=exif_bytes(tags=tags)), fraction).status_code == 201
        images = service.get("/list?order=taken").get_json()["images"]
        assert [each["filename"] for each in images] == ["1", "25", "5", "75"]
        assert {each["taken_at"] for each in images} == {"2024-07-01T12:00:00"}
        pages = self.pages(service, "limit=1&order=taken")
        assert list(chain(*pages)) == [each["id"] for each in images]

    def test_an_unknown_order_is_refused_with_the_known_ones(self, service: Service) -> None:
        response = service.get("/list?order=date")
        assert (response.status_code, response.get_json()["field"]) == (400, "order")
        assert response.get_json()["detail"] == "`order` must be one of newest, oldest, taken, -taken."

    @pytest.mark.parametrize("time", ["2024-13-01", "2024-07-01T12:00:00\n", "x", 5, "9" * 100, {}, None])
    def test_a_page_token_with_a_clock_that_does_not_exist_is_refused(
        self, service: Service, ids: list[str], time: object
    ) -> None:
        assert ids
        token = service.get("/list?limit=3&order=taken").get_json()["next_page_token"]
        last, _, mark = json.loads(urlsafe_b64decode(token))
        forged = urlsafe_b64encode(json.dumps([last, time, mark]).encode()).decode()
        response = service.get(f"/list?limit=3&order=taken&page_token={forged}")
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
        assert response.headers["Location"].endswith("/r2/320.webp")
        assert response.headers["Cache-Control"] == "no-store"
        assert service.get("/random?tag=land").status_code == 404

    def test_several_random_images_are_different(self, service: Service) -> None:
        ids = {service.upload(png(photo(30 + n, 20))).get_json()["id"] for n in range(5)}
        for _ in range(10):
            drawn = [each["id"] for each in service.get("/random?count=4").get_json()["images"]]
            assert len(set(drawn)) == 4
            assert set(drawn) <= ids
        assert {each["id"] for each in service.get("/random?count=20").get_json()["images"]} == ids
