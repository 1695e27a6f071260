"""Errors that functions-framework's application finds before it calls a function, as problem documents.

The application is Flask's. Without this, it answers with an HTML page and without CORS headers.
"""

from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.exceptions import BadHost, HTTPException, InternalServerError

from functions.domain.errors import ImageRepoError, InvalidRequest, MethodNotAllowed, RouteNotFound
from functions.web.headers import finish
from functions.web.hosts import invalid_host
from functions.web.problems import problem_response, unexpected
from functions.wiring import wiring


def answer_with_problems(app: Flask) -> None:
    """Make the errors of `app` itself problem documents, and let it pass on each path unchanged."""
    app.url_map.merge_slashes = False  # the redirect to the path without empty segments would be an HTML page
    app.register_error_handler(HTTPException, _problem)
    app.register_error_handler(HTTPStatus.INTERNAL_SERVER_ERROR, _problem)


def _problem(error: HTTPException) -> Response:
    response = problem_response(_translated(error))
    if isinstance(error, InternalServerError):
        response.headers["X-Google-Status"] = "crash"  # as functions-framework reports an error of a function
    return finish(response, request, wiring().settings.cors_origins)


def _translated(error: HTTPException) -> ImageRepoError:
    if isinstance(error, InternalServerError):
        original = error.original_exception
        return unexpected(original if isinstance(original, Exception) else error)
    if error.code == HTTPStatus.NOT_FOUND:
        return RouteNotFound()
    if error.code == HTTPStatus.METHOD_NOT_ALLOWED:
        return MethodNotAllowed(request.method, tuple(sorted(getattr(error, "valid_methods", None) or ())))
    if isinstance(error, BadHost):
        return invalid_host(request.headers.get("Host", ""))
    # The description of the class itself says nothing about this request.
    return InvalidRequest(None if error.description == type(error).description else error.description)
