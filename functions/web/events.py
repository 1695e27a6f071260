"""Storage events, as Eventarc delivers them."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus

import functions_framework
from cloudevents.http import CloudEvent
from flask import abort, request

from functions.domain.errors import IncompleteBody, Unavailable
from functions.domain.ids import parse_object_name
from functions.web.body import check_length
from functions.web.headers import send_at_once
from functions.web.logs import RequestLine, trace_of
from functions.web.problems import problem_response
from functions.wiring import wiring

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StorageObject:
    """The object that an event is about. The event is a hint: the object can have changed since."""

    name: str
    generation: int


Handler = Callable[[StorageObject], str | None]
"""Handles an object. Returns the id of the resulting image if the object's name does not contain it."""


def storage_event(function: str) -> Callable[[Handler], Callable[[CloudEvent], None]]:
    """Turn a handler of objects into an event function.

    If the handler raises an error, or the body of the event ends early, the platform delivers the event again. An event
    that is not a storage event would always fail, so it is logged and acknowledged.
    """

    def decorate(handle: Handler) -> Callable[[CloudEvent], None]:
        @functions_framework.cloud_event
        @wraps(handle)
        def serve(event: CloudEvent) -> None:
            _refuse_incomplete_body(function)
            try:
                data = event.get_data() or {}
                about = StorageObject(str(data["name"]), int(data["generation"]))
            except (KeyError, TypeError, ValueError):
                log.error("%s is not a storage event. Check the function's trigger.", event.get("id"))  # noqa: TRY400
                return
            _handle(about, function, handle)

        return serve

    return decorate


def _refuse_incomplete_body(function: str) -> None:
    try:
        check_length(request, request.get_data())  # functions-framework has read the body and keeps it
    except IncompleteBody as error:
        _line(function).write("incomplete event", error.status)
        abort(send_at_once(problem_response(error)))


def _line(function: str) -> RequestLine:
    return RequestLine(function, trace_of(request, wiring().settings.project))


def _handle(about: StorageObject, function: str, handle: Handler) -> None:
    parsed = parse_object_name(about.name)
    line = _line(function)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    try:
        image_id = handle(about) or (parsed[0] if parsed else None)
        line.images = [image_id] if image_id else ()
        status = HTTPStatus.OK
    except Unavailable as error:  # foreseen, so it needs no traceback; the platform delivers the event again
        status = error.status
        log.warning("The event for %r must be delivered again: %s", about.name, error.detail)
        abort(send_at_once(problem_response(error)))
    finally:
        wiring().hits().call(function)
        line.write(f"event for {about.name!r}", status)
