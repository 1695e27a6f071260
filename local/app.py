"""One WSGI application for all functions. It corresponds to the load balancer on Google Cloud."""

import hmac
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import functions_framework
from flask import Request, Response

from functions.domain.errors import Forbidden, ImageRepoError, RouteNotFound
from functions.domain.limits import MAX_REQUEST, TICKET_LIMITS
from functions.routes import (
    FUNCTIONS,
    ROUTES,
    Access,
    Function,
    alias_methods_at,
    canonical_path,
    function_named,
    match,
    match_alias,
)
from functions.web.auth import authenticate
from functions.web.headers import finish, preflight
from functions.web.problems import problem_response, unexpected
from functions.wiring import wiring
from local.dropbox import check_sender, receive
from local.lanes import Admission, Lane
from local.static import serve_page, serve_rendition

ALL_METHODS = tuple(sorted({method for route in ROUTES for method in route.methods}))
_WITH_IMAGES = {"upload_images", "describe_images"}
"""The handlers that decode what they get."""
MAIN = Path(__file__).parent.parent / "main.py"

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]


class EventsOnly(Forbidden):
    """A request to an event function that is not from the runner."""

    detail = "Only storage events can call event functions. Use the HTTP functions."


class LocalApp:
    """All functions on one host, with their aliases, the page, the dropbox, and the public bucket of renditions."""

    def __init__(self, event_token: str) -> None:
        self._event_token = event_token
        self._functions = {each.name: _create(each) for each in FUNCTIONS}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        try:
            app = self._route(request)
        except ImageRepoError as error:
            app = _finished(problem_response(error), request)
        except Exception as error:  # noqa: BLE001 - every error needs a response; this one is logged with its traceback
            app = _finished(problem_response(unexpected(error)), request)
        return app(environ, start_response)

    def refused(self, error: ImageRepoError, origin: str | None) -> Response:
        """The response to a request that the server refuses. `origin` is the request's header."""
        request = Request({"HTTP_ORIGIN": origin} if origin else {})
        return _finished(problem_response(error), request)

    def admit(self, environ: Environ) -> Admission:
        """How much of a body the application would read, and in which lane, given the head of its request.

        The server receives bodies before it calls the application. So it must not receive one that a stranger sends.
        """
        request = Request(environ)
        try:
            self._check_sender(request)
        except ImageRepoError:
            return Admission(limit=0)
        limit = TICKET_LIMITS.bytes if _first_segment(request)[0] == "dropbox" else MAX_REQUEST
        return Admission(limit, _lane(request))

    def _check_sender(self, request: Request) -> None:
        first, rest = _first_segment(request)
        function = function_named(first)
        if function is not None and function.trigger is not None:
            self._check_event(request)
        elif first == "dropbox":
            check_sender(request, rest)
        else:
            authenticate(request, wiring().key_holder, Access.UPLOADER)

    def _route(self, request: Request) -> WsgiApp:
        first, rest = _first_segment(request)
        function = function_named(first)
        if function is not None:
            return self._function(function, request)
        if first == "dropbox":
            return _finished(receive(request, rest), request)
        if first == "renditions":
            return _finished(serve_rendition(request, rest), request)
        page = serve_page(request)
        if page is not None:
            return page
        return self._alias(request)

    def _function(self, function: Function, request: Request) -> WsgiApp:
        if function.trigger is not None:
            self._check_event(request)
        return self._functions[function.name]

    def _check_event(self, request: Request) -> None:
        presented = request.headers.get("Authorization", "")
        if not hmac.compare_digest(presented.encode(), f"Bearer {self._event_token}".encode()):
            raise EventsOnly

    def _alias(self, request: Request) -> WsgiApp:
        """The function of an alias. A preflight has no route, but needs a response."""
        if request.method == "OPTIONS":
            methods = alias_methods_at(request.path) if request.path.strip("*") else ALL_METHODS
            return _finished(preflight(request, methods), request)
        found = match_alias(request.method, request.path)
        if found is None:
            raise RouteNotFound
        request.environ["PATH_INFO"] = canonical_path(found).encode().decode("latin-1")  # WSGI's encoding
        return self._functions[found.route.function]


def _lane(request: Request) -> Lane:
    first, _ = _first_segment(request)
    function = function_named(first)
    if function is not None and function.trigger is not None:
        return Lane.EVENTS
    if first == "dropbox":
        return Lane.IMAGES
    try:
        method, path = request.method, request.path
        found = match(function.name, method, path) if function else match_alias(method, path)
    except ImageRepoError:
        return Lane.QUICK  # the application says why
    return Lane.IMAGES if found and found.route.handler in _WITH_IMAGES else Lane.QUICK


def _first_segment(request: Request) -> tuple[str, str]:
    """The first segment of the path, and the rest of the path."""
    first, _, rest = request.path.strip("/").partition("/")
    return first, rest


def _create(function: Function) -> WsgiApp:
    signature = "cloudevent" if function.trigger else "http"
    create_app: Callable[..., WsgiApp] = functions_framework.create_app
    return create_app(function.entry_point, str(MAIN), signature)


def _finished(response: Response, request: Request) -> Response:
    return finish(response, request, wiring().settings.cors_origins)
