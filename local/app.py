"""One WSGI application for all functions. It corresponds to the load balancer on Google Cloud."""

import hmac
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import functions_framework
from flask import Request, Response

from functions.domain.errors import Forbidden, ImageRepoError, RouteNotFound
from functions.routes import FUNCTIONS, Function, canonical_path, function_named, match_alias
from functions.web.headers import finish, preflight
from functions.web.problems import problem_response
from functions.wiring import wiring
from local.dropbox import receive
from local.static import serve_page, serve_rendition

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
        return app(environ, start_response)

    def _route(self, request: Request) -> WsgiApp:
        first, _, rest = request.path.strip("/").partition("/")
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
            presented = request.headers.get("Authorization", "")
            if not hmac.compare_digest(presented.encode(), f"Bearer {self._event_token}".encode()):
                raise EventsOnly
        return self._functions[function.name]

    def _alias(self, request: Request) -> WsgiApp:
        """The function of an alias. A preflight has no route, but needs a response."""
        if request.method == "OPTIONS":
            return _finished(preflight(request), request)
        found = match_alias(request.method, request.path)
        if found is None:
            raise RouteNotFound
        request.environ["PATH_INFO"] = canonical_path(found).encode().decode("latin-1")  # WSGI's encoding
        return self._functions[found.route.function]


def _create(function: Function) -> WsgiApp:
    signature = "cloudevent" if function.trigger else "http"
    create_app: Callable[..., WsgiApp] = functions_framework.create_app
    return create_app(function.entry_point, str(MAIN), signature)


def _finished(response: Response, request: Request) -> WsgiApp:
    return finish(response, request, wiring().settings.cors_origins)
