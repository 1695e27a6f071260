"""What a page needs: thumbnails that it can read, and the paths on one host."""

from http import HTTPStatus

import requests

from tools.smoke import findings
from tools.smoke.outcomes import Failed, Skipped
from tools.smoke.run import Run
from tools.smoke.steps import must_be

_ORIGIN = "https://blog.example.com"


def cross_origin(run: Run) -> None:
    """Any page can read a thumbnail, also one that was requested without an origin before."""
    if not run.thumbnails:
        raise Skipped("there are no thumbnails")
    url = run.thumbnails[0]  # which `thumbnails` has requested without an origin
    for each in (url, f"{url}?{run.name}"):
        if _allows(run.send("GET", each, headers={"Origin": _ORIGIN}), _ORIGIN):
            if each != url:
                raise Failed(findings.cors_lost_in_cache(url))
            return
    raise Failed(findings.no_cors(run.place, "renditions", _ORIGIN))


def signed_upload(run: Run) -> None:
    """Each page that can use the API can also send a file with a ticket: a browser asks the bucket (preflight)."""
    if run.signed is None:
        raise Skipped("nothing was signed")
    allowed = [each for each in run.place.origins if _api_allows(run, each)]
    if not allowed and run.place.project:
        raise Failed(findings.page_not_allowed(run.place, run.place.origins))
    if not allowed:
        raise Skipped(findings.other_origins(run.place))
    names = ",".join(sorted(each.lower() for each in run.signed.headers))
    for origin in allowed:
        asked = {
            "Origin": origin,
            "Access-Control-Request-Method": run.signed.method,
            "Access-Control-Request-Headers": names,
        }
        if not _allows(run.send("OPTIONS", run.signed.url, headers=asked), origin):
            raise Failed(findings.no_cors(run.place, "dropbox", origin))


def one_host(run: Run) -> None:
    """The paths of older tutorials lead to the functions: an exact one, and one with an id."""
    if not run.place.one_host:
        raise Skipped("only a domain of your own has these paths (make deploy DOMAIN=…)")
    image_id = run.stored()
    for path in (f"/image/list?album={run.name}", f"/image/random?album={run.name}", f"/image/{image_id}/details"):
        response = run.send("GET", path)
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise Failed(
                f"{path} answers 404, although the image exists: the url map of the load balancer does not rewrite the "
                "path (infra/front_paths.tf). Please report this."
            )
        must_be(run, path.split("/")[2].partition("?")[0], response, HTTPStatus.OK)
        if image_id not in response.text:
            raise Failed(f"{path} does not have the image {image_id}: the url map rewrites the path to another one.")


def _api_allows(run: Run, origin: str) -> bool:
    """Whether the API allows the origin. Its setting is that of the bucket too."""
    return _allows(run.send("GET", "/list?limit=1", headers={"Origin": origin}), origin)


def _allows(response: requests.Response, origin: str) -> bool:
    return response.headers.get("Access-Control-Allow-Origin") in {"*", origin}
