"""Authentication: a request presents its API key in a header, and the service compares hashes."""

import hashlib
from collections.abc import Callable

from flask import Request

from functions.domain.callers import Caller
from functions.domain.errors import Unauthenticated, UnknownKey
from functions.routes import Access


def authenticate(request: Request, holder: Callable[[str], Caller | None], access: Access) -> Caller | None:
    """The holder of the request's key; None if the request has no key and needs none.

    Args:
        request: the key is in `X-API-Key` or `Authorization`.
        holder: finds the holder of a key by its SHA-256. It is called only for a request with a key.
        access: who can call the route.

    Raises:
        Unauthenticated: the route needs a key, and the request has none.
        UnknownKey: the request has a key that is not valid.
        Unavailable: `holder` cannot read the keys at the moment.
    """
    key = _presented(request)
    if key is None:
        if access is Access.ANYONE:
            return None
        raise Unauthenticated
    caller = holder(hashlib.sha256(key.encode()).hexdigest())
    if caller is None:
        raise UnknownKey
    return caller


def _presented(request: Request) -> str | None:
    key = request.headers.get("X-API-Key")
    if key:
        return key.strip()
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
