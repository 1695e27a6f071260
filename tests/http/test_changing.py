"""Requests that update or delete an image."""

import pytest

from tests.harness import ADMIN, ALICE, BOB, Service
from tests.photos import jpeg, photo


class TestUpdate:
    def test_a_field_that_is_left_out_stays_and_null_removes_a_field(self, service: Service) -> None:
        image = service.stored(jpeg(photo(64, 48)), caption="one", album="A", tags="x,y")
        url = f"/update/{image['id']}"
        changed = service.request("PATCH", url, key=ALICE, json={"caption": None, "tags": ["z"]}).get_json()
        assert (changed["caption"], changed["album"], changed["tags"]) == (None, "A", ["z"])
        assert service.details(image["id"])["thumbnails"]["state"] == "ready"
        (original,) = service.originals.list()
        assert "caption" not in original.metadata
        service.check_agreement()

    def test_the_entry_is_found_by_its_new_tag(self, service: Service) -> None:
        image = service.stored(jpeg(photo(64, 48)), tags="old")
        service.request("PATCH", f"/update/{image['id']}", key=ADMIN, json={"tags": ["new"]})
        assert service.get("/list?tag=old").get_json()["images"] == []
        assert len(service.get("/list?tag=new").get_json()["images"]) == 1


def test_a_deletion_removes_everything(service: Service) -> None:
    image = service.stored(jpeg())
    service.get("/random")
    assert service.request("DELETE", f"/delete/{image['id']}", key=ALICE).status_code == 204
    assert (service.originals.list(), service.entries(), service.renditions.list()) == ([], {}, [])
    assert service.get(f"/fetch/{image['id']}").status_code == 404
    assert service.get("/random").status_code == 404
    service.deliver()
    assert service.upload(jpeg()).status_code == 201


OTHERS = ['"other"', 'W/"other"', '"other", "one more"', "", "not quoted", '"*"']


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/image", None])
def test_if_match_must_name_the_file(service: Service, method: str, path: str | None) -> None:
    image_id = service.stored(jpeg(photo(64, 48)))["id"]
    tag = service.get(f"/fetch/{image_id}").headers["ETag"]
    url = f"{path or ('/update' if method == 'PATCH' else '/delete')}/{image_id}"
    before = service.details(image_id)
    for value in (*OTHERS, f"W/{tag}"):
        refused = service.request(method, url, key=ALICE, json={"caption": "x"}, headers={"If-Match": value})
        assert (refused.status_code, refused.get_json()["code"]) == (412, "precondition_failed")
    assert service.details(image_id) == before
    for value in ("*", f'"other", {tag}'):
        answer = service.request(method, url, key=ALICE, json={"caption": value}, headers={"If-Match": value})
        assert answer.status_code == {"PATCH": 200, "DELETE": 204}[method]
        if method == "DELETE":
            assert service.get(f"/fetch/{image_id}").status_code == 404
            assert service.upload(jpeg(photo(64, 48))).status_code == 201


def test_if_match_does_not_reveal_whether_the_caller_guessed(service: Service) -> None:
    """The key is checked first."""
    image_id = service.stored(jpeg(photo(64, 48)))["id"]
    for method, path in (("PATCH", "update"), ("DELETE", "delete")):
        url = f"/{path}/{image_id}"
        assert service.request(method, url, json={}, headers={"If-Match": '"x"'}).status_code == 401
        assert service.request(method, url, key=BOB, json={}, headers={"If-Match": '"x"'}).status_code == 403
