"""`GET /stats`: the size of the repository, and the counts of views and calls."""

from datetime import UTC, datetime

from flask import Request, Response

from functions.services.stats import take_stats
from functions.web.endpoint import Call, endpoint
from functions.web.image_json import Urls
from functions.web.responses import json_response
from functions.web.stats import parse_top, stats_object
from functions.wiring import wiring


def show_counts(request: Request, call: Call) -> Response:
    """Numbers of images, bytes, views and calls, and the most viewed images."""
    parts = wiring()
    stats = take_stats(parts.catalog(), parts.counters(), limit=parse_top(call.query))
    return json_response(stats_object(stats, Urls.of(request, parts.settings), now=datetime.now(UTC)))


show_stats = endpoint("stats", show_counts)
