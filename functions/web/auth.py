"""Who calls? Keys come in a header, and are compared by hash, in constant time."""

import hashlib
import hmac
from collections.abc import Callable, Sequence

from flask import Request

from functions.domain.callers import ApiKey, Caller
from functions.domain.errors import Unauthenticated, UnknownKey
from functions.routes import Access


def authenticate(request: Request, keys: Callable[[], Sequence[ApiKey]], access: Access) -> Caller | None:
    """The holder of the request's key; None where there is no key and none is needed.

    `keys` is called only where there is a key to be held against them.

    Raises:
        Unauthenticated: a key is needed.
        UnknownKey: there is one, but not one of ours.
        Unavailable: our keys are not to be had.
    """
    key = _presented(request)
    if key is None:
        if access is Access.ANYONE:
            return None
        raise Unauthenticated
    digest = hashlib.sha256(key.encode()).hexdigest()
    # Every key is looked at, so that the time taken says nothing about which one came close.
    found = [each.caller for each in keys() if hmac.compare_digest(each.sha256, digest)]
    if not found:
        raise UnknownKey
    return found[0]


def _presented(request: Request) -> str | None:
    key = request.headers.get("X-API-Key")
    if key:
        return key.strip()
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
