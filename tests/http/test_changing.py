"""Requests that update or delete an image."""

from tests.harness import ADMIN, ALICE, Service
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
