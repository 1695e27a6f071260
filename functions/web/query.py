"""The query string of a request, by the declaration of its route."""

from collections.abc import Sequence
from typing import Final

from werkzeug.datastructures import MultiDict

from functions.domain.errors import InvalidField

_SHOWN: Final = 100
"""Characters of an unknown name in the message."""


class Query:
    """The query string of a request, with the parameters that its route declares.

    Args:
        args: the parameters of the request.
        declared: their names in the table of routes; None accepts all and reads none.

    Raises:
        InvalidField: the request has another parameter, or one of them twice.
    """

    def __init__(self, args: MultiDict[str, str], declared: Sequence[str] | None) -> None:
        self._args = args
        self._declared = declared or ()
        unknown = next((each for each in args if each not in self._declared), None)
        if declared is not None and unknown is not None:
            advice = f"Use: {', '.join(declared)}." if declared else "It has none."
            detail = f"`{unknown[:_SHOWN]}` is not a parameter of this path. {advice}"
            raise InvalidField(detail, field=unknown[:_SHOWN])
        repeated = next((each for each in self._declared if len(args.getlist(each)) > 1), None)
        if repeated is not None:
            raise InvalidField(f"`{repeated}` can be given only once.", field=repeated)

    def get(self, name: str) -> str | None:
        """The value of a parameter; None if it is missing.

        Raises:
            LookupError: the route does not declare the parameter. That is an error in the code.
        """
        if name not in self._declared:
            raise LookupError(f"routes.py does not declare the parameter {name!r} of this route")
        return self._args.get(name)
