"""Storage events, as Eventarc delivers them."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus

import functions_framework
from cloudevents.http import CloudEvent
from flask import request

from functions.domain.ids import parse_object_name
from functions.web.logs import RequestLine, trace_of
from functions.wiring import wiring

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StorageObject:
    """The object that an event is about. The event is a hint: only the bucket knows whether it is still so."""

    name: str
    generation: int


Handler = Callable[[StorageObject], str | None]
"""Handles an object; the id of the image that came of it, where its name does not tell."""


def storage_event(function: str) -> Callable[[Handler], Callable[[CloudEvent], None]]:
    """Turn a handler of objects into an event function.

    An error that it raises makes the platform deliver the event again. One that is no storage event would fail for
    ever, so that it is logged and acknowledged.
    """

    def decorate(handle: Handler) -> Callable[[CloudEvent], None]:
        @functions_framework.cloud_event
        @wraps(handle)
        def serve(event: CloudEvent) -> None:
            try:
                data = event.get_data() or {}
                about = StorageObject(str(data["name"]), int(data["generation"]))
            except (KeyError, TypeError, ValueError):
                log.error("%s is no storage event; look at the function's trigger", event.get("id"))  # noqa: TRY400
                return
            _handle(about, function, handle)

        return serve

    return decorate


def _handle(about: StorageObject, function: str, handle: Handler) -> None:
    parsed = parse_object_name(about.name)
    line = RequestLine(function, trace_of(request, wiring().settings.project))
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    try:
        image_id = handle(about) or (parsed[0] if parsed else None)
        line.images = [image_id] if image_id else ()
        status = HTTPStatus.OK
    finally:
        wiring().hits().call(function)
        line.write(f"event for {about.name!r}", status)
