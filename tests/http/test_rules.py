"""What all responses have in common: caching, conditions, parameters, CORS, keys and older paths."""

import re
from io import BytesIO
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from functions.routes import ROUTES, Route
from functions.web.query import Query
from tests.backends import Backend
from tests.harness import ADMIN, ALICE, Service
from tests.photos import jpeg, photo
from tests.processes import ROOT


class TestCaching:
    @pytest.fixture
    def url(self, service: Service) -> str:
        return f"/fetch/{service.stored(jpeg(photo(300, 200)))['id']}"

    def test_a_client_that_has_the_file_gets_304_without_reading_it(self, service: Service, url: str) -> None:
        etag = service.get(url).headers["ETag"]
        assert not etag.startswith("W/")
        response = service.get(url, headers={"If-None-Match": etag})
        assert (response.status_code, response.data, response.headers["ETag"]) == (304, b"", etag)

    def test_a_range_of_the_file_can_be_read(self, service: Service, url: str) -> None:
        whole = service.get(url)
        assert whole.headers["Accept-Ranges"] == "bytes"
        part = service.get(url, headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.data) == (206, whole.data[10:20])
        assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole.data)}"
        tail = service.get(url, headers={"Range": "bytes=-5", "If-Range": whole.headers["ETag"]})
        assert tail.data == whole.data[-5:]
        stale = service.get(url, headers={"Range": "bytes=0-4", "If-Range": '"another"'})
        assert (stale.status_code, len(stale.data)) == (200, len(whole.data))

    @pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "items=0-1", "bytes=x", "bytes=5-2", "0-1"])
    def test_a_range_in_another_unit_or_form_is_ignored(self, service: Service, url: str, asked: str) -> None:
        for each in (url, service.details(url.removeprefix("/fetch/"))["thumbnails"]["items"][0]["url"]):
            whole = service.get(each)
            response = service.get(each, headers={"Range": asked})
            assert (response.status_code, response.data) == (200, whole.data)

    def test_head_ignores_a_range(self, service: Service, url: str) -> None:
        head, whole = service.request("HEAD", url, headers={"Range": "bytes=0-5"}), service.get(url)
        assert (head.status_code, head.headers["Content-Length"]) == (200, whole.headers["Content-Length"])

    def test_head_is_get_without_a_body(self, service: Service, url: str) -> None:
        head, whole = service.request("HEAD", url), service.get(url)
        assert (head.status_code, head.data) == (200, b"")
        for name in ("Content-Length", "Content-Type", "ETag", "Cache-Control"):
            assert head.headers[name] == whole.headers[name]

    def test_a_response_that_can_change_is_not_cached(self, service: Service, url: str) -> None:
        assert service.get("/random").headers["Cache-Control"] == "no-store"
        assert service.get("/list").headers["Cache-Control"] == "no-cache"
        assert service.get(f"{url}/details").headers["Cache-Control"] == "no-cache"


class TestKeyedAnswers:
    @pytest.mark.parametrize("path", ["/list", "/fetch/ID", "/fetch/ID/details", "/fetch/ID/thumbnail?width=160"])
    def test_shared_caches_keep_no_answer_to_a_key(self, service: Service, path: str) -> None:
        path = path.replace("ID", service.stored(jpeg(photo(300, 200)))["id"])
        keyed, plain = service.get(path, key=ALICE), service.get(path)
        assert "private" in keyed.headers["Cache-Control"].split(", ")
        assert "public" not in keyed.headers["Cache-Control"]
        assert "private" not in plain.headers["Cache-Control"]
        assert keyed.status_code == plain.status_code

    def test_what_is_not_stored_at_all_stays_so(self, service: Service) -> None:
        assert service.get("/stats", key=ALICE).headers["Cache-Control"] == "no-store"


class TestConditions:
    def test_if_match_with_a_star_holds_for_everything_that_exists(self, service: Service) -> None:
        image = service.stored(jpeg(photo(300, 200)))
        for url in (f"/fetch/{image['id']}", image["thumbnails"]["items"][0]["url"], "/"):
            assert service.get(url, headers={"If-Match": "*"}).status_code == 200
            refused = service.get(url, headers={"If-Match": '"another"'})
            assert (refused.status_code, refused.get_json()["code"]) == (412, "precondition_failed")
        assert service.get(f"/fetch/{'a' * 26}", headers={"If-Match": "*"}).status_code == 404

    def test_if_match_comes_before_if_none_match(self, service: Service) -> None:
        url = f"/fetch/{service.stored(jpeg(photo(300, 200)))['id']}"
        etag = service.get(url).headers["ETag"]
        assert service.get(url, headers={"If-Match": '"a"', "If-None-Match": etag}).status_code == 412
        assert service.get(url, headers={"If-Match": "*", "If-None-Match": etag}).status_code == 304


class TestParameters:
    @pytest.mark.parametrize(
        "route", [each for each in ROUTES if each.query and "GET" in each.methods], ids=lambda each: each.path
    )
    def test_an_unknown_parameter_is_refused_with_the_known_ones(self, service: Service, route: Route) -> None:
        assert route.query
        path = route.path.replace("{image_id}", service.stored(jpeg(photo(300, 200)))["id"])
        refused = service.get(f"{path}?ordr=oldest", key=ALICE)
        assert (refused.status_code, refused.get_json()["field"]) == (400, "ordr")
        assert refused.get_json()["detail"].endswith(f"Use: {', '.join(route.query)}.")
        for name in route.query:
            answered = service.get(f"{path}?{name}=1", key=ALICE).get_json() or {}
            assert answered.get("field") in {None, name}
            repeated = service.get(f"{path}?{name}=1&{name}=2", key=ALICE)
            assert (repeated.status_code, repeated.get_json()["field"]) == (400, name)

    @pytest.mark.parametrize("route", [each for each in ROUTES if each.query == ()], ids=lambda each: each.path)
    def test_a_path_without_parameters_refuses_each(self, service: Service, route: Route) -> None:
        """A change in the query string would otherwise be ignored."""
        image_id = service.stored(jpeg(photo(300, 200)))["id"]
        path = route.path.replace("{image_id}", image_id).replace("{ticket}", "a" * 32)
        before = service.details(image_id)
        refused = service.request(route.methods[0], f"{path}?caption=New", key=ALICE, json={})
        assert (refused.status_code, refused.get_json()["field"]) == (400, "caption")
        assert refused.get_json()["detail"] == "`caption` is not a parameter of this path. It has none."
        assert service.details(image_id) == before

    def test_the_address_of_an_image_can_have_any_parameter(self, service: Service) -> None:
        image_id = service.stored(jpeg(photo(300, 200)))["id"]
        for path in (f"/fetch/{image_id}", f"/image/{image_id}"):
            assert service.get(f"{path}?utm_source=letter&v=2").data == service.get(path).data

    @pytest.mark.parametrize(
        "route", [each for each in ROUTES if each.query and "GET" in each.methods], ids=lambda each: each.path
    )
    def test_each_declared_parameter_is_in_the_documentation(self, route: Route) -> None:
        page = (ROOT / "docs/api.md").read_text()
        section = page.split(f"## `GET {route.path.replace('{image_id}', 'ID')}")[1].split("\n## ")[0]
        assert [each for each in route.query or () if not re.search(rf"[`?]{each}[`=]", section)] == []

    def test_a_deletion_with_an_unknown_parameter_deletes_nothing(self, service: Service) -> None:
        image_id = service.stored(jpeg(photo(300, 200)))["id"]
        refused = service.request("DELETE", f"/delete/{image_id}?prge=1", key=ALICE)
        assert (refused.status_code, refused.get_json()["field"]) == (400, "prge")
        assert service.get(f"/fetch/{image_id}").status_code == 200

    def test_a_parameter_can_make_the_address_of_a_random_image_unique(self, service: Service) -> None:
        service.stored(jpeg(photo(300, 200)))
        assert service.get("/random?t=1").status_code == 200

    def test_code_cannot_read_a_parameter_that_its_route_does_not_declare(self) -> None:
        with pytest.raises(LookupError, match=r"routes\.py does not declare the parameter 'tag'"):
            Query(MultiDict({"tag": "x"}), None).get("tag")


class TestCors:
    def test_pages_of_any_origin_can_read_every_response(self, service: Service) -> None:
        for path in ("/list", "/nothing", "/random", "/renditions/x"):
            assert service.get(path).headers["Access-Control-Allow-Origin"] == "*"

    @pytest.mark.parametrize(
        ("path", "methods"),
        [
            ("/upload", ["POST"]),
            ("/delete/x", ["DELETE"]),
            ("/update/x", ["PATCH"]),
            ("/list", ["GET", "HEAD"]),
            ("/image/upload", ["POST"]),
            ("/image/x", ["GET", "HEAD", "PATCH", "DELETE"]),
            ("/image/list", ["GET", "HEAD"]),
            ("/renditions/x", ["GET", "HEAD"]),
            ("/dropbox/x", ["PUT"]),
            ("/components.js", ["GET", "HEAD"]),
        ],
    )
    def test_a_preflight_request_needs_no_key_and_names_the_methods_of_its_path(
        self, service: Service, path: str, methods: list[str]
    ) -> None:
        headers = {
            "Origin": "https://blog.example",
            "Access-Control-Request-Method": methods[-1],
            "Access-Control-Request-Headers": "x-api-key",
        }
        response = service.request("OPTIONS", path, headers=headers)
        assert response.status_code == 204
        assert response.headers["Allow"].split(", ") == [*methods, "OPTIONS"]
        assert response.headers["Access-Control-Allow-Methods"] == response.headers["Allow"]
        assert "X-API-Key" in response.headers["Access-Control-Allow-Headers"]

    @pytest.mark.parametrize("path", ["/nothing", "/fetch/x/nothing"])
    def test_a_preflight_of_an_unknown_path_lets_the_page_read_the_reason(self, service: Service, path: str) -> None:
        headers = {"Origin": "https://blog.example", "Access-Control-Request-Method": "DELETE"}
        response = service.request("OPTIONS", path, headers=headers)
        assert response.headers["Allow"] == "OPTIONS"
        assert response.headers["Access-Control-Allow-Methods"] == "DELETE"

    def test_the_origins_can_be_restricted(self, tmp_path: Any, backend: Backend) -> None:
        with Service(tmp_path, backend, cors_origins=("https://blog.example",)) as service:
            ours = service.get("/list", headers={"Origin": "https://blog.example"})
            other = service.get("/list", headers={"Origin": "https://evil.example"})
        assert ours.headers["Access-Control-Allow-Origin"] == "https://blog.example"
        assert "Access-Control-Allow-Origin" not in other.headers
        assert "Origin" in other.headers["Vary"]


def test_a_key_can_be_sent_in_either_header(service: Service) -> None:
    image = service.stored(jpeg(photo(64, 48)))
    for headers in ({"Authorization": f"Bearer {ADMIN}"}, {"authorization": f"bearer {ADMIN}"}, {"x-api-key": ADMIN}):
        response = service.request("PATCH", f"/update/{image['id']}", headers=headers, json={"caption": "x"})
        assert response.status_code == 200


class TestAliases:
    """The paths of the older tutorials, which work if all functions have one host name."""

    def test_all_steps_of_the_tutorial_work(self, service: Service) -> None:
        data = jpeg(photo(300, 200))
        form = {"image": (BytesIO(data), "photo.jpg")}
        image = service.request("POST", "/image/upload", key=ALICE, data=form).get_json()
        service.deliver()
        assert service.get(f"/image/{image['id']}").content_type == "image/jpeg"
        assert service.get(f"/image/{image['id']}/details").get_json()["id"] == image["id"]
        assert service.get(f"/image/{image['id']}/thumbnail").status_code == 302
        assert service.get("/image/list").get_json()["images"][0]["id"] == image["id"]
        assert service.get("/image/random").get_json()["id"] == image["id"]
        size = service.request("POST", "/im_size", key=ALICE, data={"image": (BytesIO(data), "photo.jpg")})
        assert size.get_json()["size"] == [300, 200]
        assert service.request("DELETE", f"/image/{image['id']}", key=ALICE).status_code == 204


def test_the_settings_give_the_base_urls(tmp_path: Any, backend: Backend) -> None:
    places = {"base_url": "https://api.example", "renditions_url": "https://cdn.example"}
    with Service(tmp_path, backend, **places) as service:
        image = service.upload(jpeg(photo(64, 48))).get_json()
    assert image["url"].startswith("https://api.example/fetch/")
    assert image["thumbnails"]["items"][0]["url"].startswith(f"https://cdn.example/{image['id']}/")
