"""The code that all HTTP functions have in common."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from flask import Request, Response

from functions.domain.callers import Caller
from functions.domain.errors import ImageRepoError, Unauthenticated
from functions.domain.ids import parse_id
from functions.routes import FUNCTIONS, ROUTES, match, methods_at
from functions.web.auth import authenticate
from functions.web.headers import finish, make_private, preflight
from functions.web.hosts import base_url
from functions.web.logs import RequestLine, trace_of
from functions.web.problems import problem_response, unexpected
from functions.web.query import Query
from functions.wiring import wiring


class Call(NamedTuple):
    """The context of a request: the values in its path, its caller, its parameters, and for the log its images' ids."""

    variables: dict[str, str]
    known_caller: Caller | None
    query: Query
    images: list[str]

    @property
    def image_id(self) -> str:
        """The id in the path.

        Raises:
            MalformedId: the value in the path is not an image id.
        """
        image_id = parse_id(self.variables["image_id"])
        if image_id not in self.images:
            self.images.append(image_id)
        return image_id

    @property
    def caller(self) -> Caller:
        """The holder of the key, on a route that needs one.

        Raises:
            Unauthenticated: the request has no key.
        """
        if self.known_caller is None:
            raise Unauthenticated
        return self.known_caller


Handler = Callable[[Request, Call], Response]
HttpFunction = Callable[[Request], Response]


def endpoint(function: str, *handlers: Handler) -> HttpFunction:
    """An HTTP function, which finds the route, checks the key, calls the handler and turns errors into responses.

    functions-framework accepts every method and path, so this function checks both.

    Args:
        function: its name in `FUNCTIONS`.
        handlers: the handlers that its routes name.

    Raises:
        ValueError: `handlers` are not the ones that the routes name.
    """
    by_name = {each.__name__: each for each in handlers}
    if by_name.keys() != (named := {each.handler for each in ROUTES if each.function == function}):
        raise ValueError(f"the routes of {function} name {sorted(named)}, not {sorted(by_name)}")

    def serve(request: Request) -> Response:
        settings = wiring().settings
        line = RequestLine(function, trace_of(request, settings.project))
        if request.method == "OPTIONS":
            response = preflight(request, methods_at(function, request.path))
        else:
            response = _respond(function, by_name, request, line)
        wiring().hits().call(function)
        line.write(f"{request.method} /{function}", response.status_code)
        return finish(response, request, settings.cors_origins)

    serve.__name__ = next(each.entry_point for each in FUNCTIONS if each.name == function)
    serve.__doc__ = "\n".join(filter(None, (each.__doc__ for each in handlers)))
    return serve


def _respond(function: str, handlers: Mapping[str, Handler], request: Request, line: RequestLine) -> Response:
    try:
        found = match(function, request.method, request.path)
        line.operation = found.route.handler
        caller = authenticate(request, wiring().key_holder, found.route.access)
        line.key = caller.name if caller else None
        call = Call(found.variables, caller, Query(request.args, found.route.query), images=[])
        line.images = call.images
        if not wiring().settings.base_url:
            base_url(request)  # refuses an invalid host before anything is stored
        response = handlers[found.route.handler](request, call)
        return make_private(response) if caller else response
    except ImageRepoError as error:
        return problem_response(error)
    except Exception as error:  # noqa: BLE001 - every error needs a response; this one is logged with its traceback
        return problem_response(unexpected(error))
