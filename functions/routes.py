"""The table of functions and routes. The functions, the local runner, the load balancer and the tests read it."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from functions.domain.errors import MethodNotAllowed, RouteNotFound
from functions.domain.ports import DELETED, FINALIZED


class Access(StrEnum):
    """Who can call a route."""

    ANYONE = "anyone"
    UPLOADER = "uploader"
    """Any key. Some operations also require that the key uploaded the image, or is an admin key."""


class Trigger(NamedTuple):
    """The storage events that call a function: their type, and the role of their bucket."""

    event_type: str
    bucket: str


class Function(NamedTuple):
    """One deployed function. Its name is the first segment of its URLs."""

    name: str
    entry_point: str
    trigger: Trigger | None = None


class Route(NamedTuple):
    """One path of an HTTP function.

    Attributes:
        methods: the HTTP methods that it supports.
        path: the path, with `{name}` for a variable segment.
        handler: name of the Python function that handles the request, in the module of the entry point.
        access: who can call it.
        query: the parameters of its query string. A request with another one is refused. None accepts all: as fields of
            an image, or to ignore them, because links and pages on the web add parameters to the address of an image.
        alias: the path that older tutorials use. It exists where all functions have the same host.
    """

    methods: tuple[str, ...]
    path: str
    handler: str
    access: Access
    query: tuple[str, ...] | None = ()
    alias: str | None = None

    @property
    def function(self) -> str:
        """Name of the HTTP function: the first segment of the path."""
        return self.path.split("/")[1]


FUNCTIONS: Final = (
    Function("upload", "upload_image"),
    Function("fetch", "fetch_image"),
    Function("update", "update_image"),
    Function("delete", "delete_image"),
    Function("list", "list_images"),
    Function("random", "random_image"),
    Function("inspect", "inspect_image"),
    Function("stats", "show_stats"),
    Function("make-thumbnails", "make_thumbnails", Trigger(FINALIZED, "originals")),
    Function("forget-image", "forget_image", Trigger(DELETED, "originals")),
    Function("ingest-drop", "ingest_drop", Trigger(FINALIZED, "dropbox")),
)

_READ: Final = ("GET", "HEAD")
_LISTING: Final = ("album", "format", "limit", "order", "page_token", "tag", "uploader")
_DRAW: Final = ("album", "count", "redirect", "t", "tag")

ROUTES: Final = (
    Route(("POST",), "/upload", "upload_images", Access.UPLOADER, None, "/image/upload"),
    Route(("POST",), "/upload/check", "check_files", Access.UPLOADER),
    Route(("POST",), "/upload/tickets", "issue_ticket", Access.UPLOADER),
    Route(_READ, "/upload/tickets/{ticket}", "show_ticket", Access.UPLOADER),
    Route(_READ, "/fetch/{image_id}", "show_file", Access.ANYONE, None, "/image/{image_id}"),
    Route(_READ, "/fetch/{image_id}/details", "show_details", Access.ANYONE, alias="/image/{image_id}/details"),
    Route(
        _READ, "/fetch/{image_id}/thumbnail", "show_thumbnail", Access.ANYONE, ("width",), "/image/{image_id}/thumbnail"
    ),
    Route(("PATCH",), "/update/{image_id}", "change_image", Access.UPLOADER, alias="/image/{image_id}"),
    Route(("DELETE",), "/delete/{image_id}", "remove_image", Access.UPLOADER, ("purge",), "/image/{image_id}"),
    Route(_READ, "/list", "list_page", Access.ANYONE, _LISTING, "/image/list"),
    Route(_READ, "/random", "draw_images", Access.ANYONE, _DRAW, "/image/random"),
    Route(("POST",), "/inspect", "describe_images", Access.UPLOADER, None, "/im_size"),
    Route(_READ, "/stats", "show_counts", Access.UPLOADER, ("limit",)),
)


class Match(NamedTuple):
    """The route of a request, with the values of its variable segments."""

    route: Route
    variables: dict[str, str]


def match(function: str, method: str, path: str) -> Match:
    """The route of `function` for a request.

    A function can have its own host (`/ID`) or share one (`/fetch/ID`). Both paths are the same route.

    Raises:
        RouteNotFound: no route of the function has that path.
        MethodNotAllowed: the path supports other methods only.
    """
    own = [each for each in ROUTES if each.function == function]
    return _choose(own, method, _segments(function, path), alias=False)


def methods_at(function: str, path: str) -> tuple[str, ...]:
    """The methods that a path of `function` supports; none if no route has that path."""
    own = [each for each in ROUTES if each.function == function]
    return _methods(_matches(own, _segments(function, path), alias=False))


def alias_methods_at(path: str) -> tuple[str, ...]:
    """The methods that a path supports as an alias; none if it is not an alias."""
    segments = [each for each in path.split("/") if each]
    return _methods(_matches([each for each in ROUTES if each.alias], segments, alias=True))


def match_alias(method: str, path: str) -> Match | None:
    """The route with that alias; None if there is none.

    Raises:
        MethodNotAllowed: the alias supports other methods only.
    """
    segments = [each for each in path.split("/") if each]
    try:
        return _choose([each for each in ROUTES if each.alias], method, segments, alias=True)
    except RouteNotFound:
        return None


def canonical_path(found: Match) -> str:
    """The path of the matched route, with the values of its variable segments."""
    return found.route.path.format(**found.variables)


def function_for(event_type: str, bucket: str) -> Function | None:
    """The function that such events in the bucket with that role call; None if there is none."""
    return next((each for each in FUNCTIONS if each.trigger == (event_type, bucket)), None)


def function_named(name: str) -> Function | None:
    """The function with that name; None if there is none."""
    return next((each for each in FUNCTIONS if each.name == name), None)


def _segments(function: str, path: str) -> list[str]:
    segments = [each for each in path.split("/") if each]
    return segments if segments[:1] == [function] else [function, *segments]


def _methods(matches: Iterable[Match]) -> tuple[str, ...]:
    return tuple(method for each in matches for method in each.route.methods)


def _choose(routes: list[Route], method: str, segments: list[str], *, alias: bool) -> Match:
    matches = list(_matches(routes, segments, alias=alias))
    for each in matches:
        if method in each.route.methods:
            return each
    if not matches:
        raise RouteNotFound
    raise MethodNotAllowed(method, _methods(matches))


def _matches(routes: list[Route], segments: list[str], *, alias: bool) -> Iterator[Match]:
    """The routes that match. Literal paths have priority over variables: `list` in `/image/list` is not an id."""
    patterns = [(((each.alias if alias else each.path) or "").strip("/").split("/"), each) for each in routes]
    literal = [each for pattern, each in patterns if pattern == segments and not any(map(_is_variable, pattern))]
    if literal:
        yield from (Match(each, {}) for each in literal)
        return
    for pattern, route in patterns:
        if len(pattern) == len(segments):
            variables = {}
            for wanted, given in zip(pattern, segments, strict=True):
                if _is_variable(wanted):
                    variables[wanted[1:-1]] = given
                elif wanted != given:
                    break
            else:
                yield Match(route, variables)


def _is_variable(segment: str) -> bool:
    return segment.startswith("{")
