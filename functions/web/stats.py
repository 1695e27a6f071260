"""The parameters and the JSON of `/stats`."""

from datetime import datetime

from functions.domain.fields import rfc3339
from functions.services.stats import Stats
from functions.web.image_json import Urls, image_object
from functions.web.queries import number
from functions.web.query import Query

_DEFAULT_TOP = 10
_MAX_TOP = 100


def parse_top(query: Query) -> int:
    """The number of most viewed images in the response.

    Raises:
        InvalidField: the parameter is not a number from 1 to 100.
    """
    return number(query, "limit", _DEFAULT_TOP, _MAX_TOP)


def stats_object(stats: Stats, urls: Urls, now: datetime) -> dict[str, object]:
    """The numbers of the repository."""
    return {
        "images": sum(each.images for each in stats.formats.values()),
        "bytes": sum(each.bytes for each in stats.formats.values()),
        "formats": {name: total._asdict() for name, total in stats.formats.items()},
        "views": stats.views,
        "calls": dict(stats.calls),
        "top": [{"views": views, **image_object(image, urls)} for image, views in stats.top],
        "as_of": rfc3339(now.replace(microsecond=0)),
    }
