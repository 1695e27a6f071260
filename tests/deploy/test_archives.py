"""The archives that are deployed, run as Google Cloud runs them, without access to this checkout."""

import json
from collections.abc import Iterator

import pytest

from functions.routes import FUNCTIONS, ROUTES, Function, Route, function_named
from tests.deploy.cloud import CannotInstall, Cloud, cloud, environment
from tests.photos import jpeg, photo
from tests.processes import ROOT
from tools.emulators import Hosts
from tools.package import build

pytestmark = pytest.mark.slow  # installs the requirements into a new environment


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory, firestore_host: str, storage_url: str) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("deployed")
    try:
        commands = environment(folder / "venv", ROOT / "requirements.txt")
    except CannotInstall as error:
        pytest.skip(f"The requirements cannot be installed. Connect this machine to PyPI or a mirror of it: {error}")
    archives = build(ROOT, folder / "build")
    with cloud(archives, commands, Hosts(firestore_host, storage_url), folder) as functions:
        yield functions


def event_function(name: str) -> Function:
    function = function_named(name)
    assert function is not None
    return function


@pytest.mark.parametrize("function", [each for each in FUNCTIONS if each.trigger], ids=lambda each: each.name)
def test_every_event_function_acknowledges_an_event_for_a_deleted_object(deployed: Cloud, function: Function) -> None:
    response = deployed.tell(function, {"name": "a" * 26 + ".jpg", "generation": "1", "bucket": "any"})
    assert response.status_code == 200, response.text


@pytest.mark.parametrize("route", ROUTES, ids=lambda each: each.handler)
def test_every_route_answers_with_json(deployed: Cloud, route: Route) -> None:
    """The request has no body, and its image or ticket does not exist: the response is JSON and not a 5xx."""
    path = route.path.format(image_id="a" * 26, ticket="a" * 26)
    response = deployed.call(route.methods[0], path)
    assert response.status_code < 500, response.text
    assert response.headers["Content-Type"].partition(";")[0] in {"application/json", "application/problem+json"}
    assert isinstance(json.loads(response.content), dict)


def test_an_image_is_uploaded_served_and_deleted(deployed: Cloud) -> None:
    data = jpeg(photo(800, 600))
    sent = deployed.call("POST", "/upload", files={"image": ("sea.jpg", data)}, data={"caption": "At the sea"})
    assert sent.status_code == 201, sent.text
    image_id = sent.json()["id"]

    resource = deployed.object("originals", f"{image_id}.jpg").json()
    assert deployed.tell(event_function("make-thumbnails"), resource).status_code == 200
    details = deployed.call("GET", f"/fetch/{image_id}/details").json()
    assert details["thumbnails"]["state"] == "ready"
    assert deployed.call("GET", f"/fetch/{image_id}/thumbnail?width=320").status_code == 302
    assert deployed.object("renditions", f"{image_id}/r2/320.webp").json()["contentType"] == "image/webp"
    assert deployed.call("GET", "/random").json()["id"] == image_id
    assert [each["id"] for each in deployed.call("GET", "/list").json()["images"]] == [image_id]

    assert deployed.call("DELETE", f"/delete/{image_id}").status_code == 204
    assert deployed.object("originals", f"{image_id}.jpg").status_code == 404
    assert deployed.tell(event_function("forget-image"), resource).status_code == 200
    assert deployed.object("renditions", f"{image_id}/r2/320.webp").status_code == 404
    assert deployed.call("GET", "/list").json()["images"] == []
