"""JSON objects as dataclasses, checked against the declared types of their members."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, get_args, get_origin, get_type_hints

M = TypeVar("M", bound="Model")

_MEMBERS: Final[dict[type[Any], dict[str, tuple[Any, bool]]]] = {}
"""What models declare, once it was needed."""


class DecodeError(ValueError):
    """The JSON does not have the declared form. The message names the first member that is missing or wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A JSON object of the API.

    Attributes:
        raw: the object as it was received, with all its members.
    """

    raw: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False, compare=False)

    @property
    def extra_members(self) -> dict[str, Any]:
        """The members that this version of the client does not declare."""
        return {name: value for name, value in self.raw.items() if name not in _declared(type(self))}


def decode(model: type[M], document: object, path: str = "") -> M:
    """The object as an instance of `model`. Members with a default may be missing; undeclared ones stay in `raw`.

    Raises:
        DecodeError: `document` is not such an object.
    """
    if not isinstance(document, dict):
        raise DecodeError(f"{path or 'the document'} must be an object")
    values = {}
    for name, (kind, required) in _declared(model).items():
        where = f"{path}.{name}" if path else name
        if name in document:
            values[name] = _convert(kind, document[name], where)
        elif required:
            raise DecodeError(f"{where} is missing")
    return model(raw=document, **values)


def _declared(model: type[Model]) -> dict[str, tuple[Any, bool]]:
    """The members that a model declares: the type of each, and whether it is required."""
    if model not in _MEMBERS:
        hints = get_type_hints(model)
        _MEMBERS[model] = {
            each.name: (hints[each.name], each.default is MISSING and each.default_factory is MISSING)
            for each in fields(model)
            if each.name != "raw"
        }
    return _MEMBERS[model]


def _convert(kind: Any, value: object, path: str) -> object:
    """The value as an instance of a declared type."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return None if value is None else _convert(_without_none(arguments), value, path)
    if origin is tuple and isinstance(value, list):
        return tuple(_convert(arguments[0], each, f"{path}[{at}]") for at, each in enumerate(value))
    if origin is Mapping and isinstance(value, dict):
        return {name: _convert(arguments[1], each, f"{path}.{name}") for name, each in value.items()}
    if isinstance(kind, type) and issubclass(kind, Model):
        return decode(kind, value, path)
    return _scalar(kind, value, path)


def _scalar(kind: Any, value: object, path: str) -> object:
    if kind is datetime and isinstance(value, str):
        return _time(value, path)
    if kind is Any or type(value) is kind:  # not isinstance: a bool is an int
        return value
    raise DecodeError(f"{path} has the wrong type")


def _without_none(arguments: tuple[Any, ...]) -> Any:
    return next(each for each in arguments if each is not NoneType)


def _time(value: str, path: str) -> datetime:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise DecodeError(f"{path} is not an ISO 8601 time") from None
