"""Why no answer arrived, as a sentence."""

import ssl
from urllib.parse import urlsplit

import requests
from requests.exceptions import InvalidSchema, InvalidURL, ProxyError

from image_repo.errors import APIConnectionError


def connection_error(error: requests.RequestException, api: str, *, answered: bool) -> APIConnectionError:
    """The exception for a request without an answer.

    Args:
        error: what `requests` raised.
        api: the address of the service.
        answered: whether this address ever answered. If not, it may be wrong, and another attempt is pointless.
    """
    cause = _root_cause(error)
    reason = _describe(cause)
    request = error.request if isinstance(error.request, requests.PreparedRequest) else None

    def failure(message: str, *, transient: bool = False) -> APIConnectionError:
        return APIConnectionError(message, transient=transient, request=request)

    if isinstance(error, (InvalidURL, InvalidSchema)):
        return failure(f"Cannot send a request to {api}: {reason}.")
    url = request.url if answered and request is not None else None
    host = urlsplit(url).netloc if url else api
    if isinstance(cause, ssl.SSLCertVerificationError):
        return failure(f"The certificate of {host} is not trusted: {reason}.")
    if isinstance(cause, ssl.SSLError) and not answered:
        return failure(f"{host} does not support https ({reason}).")
    proxy = " through the proxy" if isinstance(error, ProxyError) else ""
    return failure(f"No answer from {host}{proxy} ({reason}).", transient=answered)


def _root_cause(error: BaseException) -> BaseException:
    """The exception that caused all others."""
    cause = error
    while True:
        inner = getattr(cause, "reason", None) or cause.__cause__ or cause.__context__
        inner = inner or next((each for each in cause.args if isinstance(each, BaseException)), None)
        if not isinstance(inner, BaseException):
            return cause
        cause = inner


def _describe(cause: BaseException) -> str:
    text = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
    return text.rstrip(".")
