"""Storage events, as Eventarc delivers them."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

import functions_framework
from cloudevents.http import CloudEvent

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StorageObject:
    """The object that an event is about. The event is a hint: only the bucket knows whether it is still so."""

    name: str
    generation: int


def storage_event(handle: Callable[[StorageObject], None]) -> Callable[[CloudEvent], None]:
    """Turn a handler of objects into an event function.

    An error that it raises makes the platform deliver the event again. One that is no storage event would fail for
    ever, so that it is logged and acknowledged.
    """

    @functions_framework.cloud_event
    @wraps(handle)
    def serve(event: CloudEvent) -> None:
        try:
            data = event.get_data() or {}
            about = StorageObject(str(data["name"]), int(data["generation"]))
        except (KeyError, TypeError, ValueError):
            log.error("%s is no storage event; look at the function's trigger", event.get("id"))  # noqa: TRY400
            return
        handle(about)

    return serve
