"""A model of the load balancer: it applies the rules of the URL map by priority, and the first match decides."""

import re
from typing import Any, NamedTuple

from tests.infra.terraform import Plan


class Sent(NamedTuple):
    """The destination of a request: the name of the backend, and the path that the backend gets."""

    backend: str
    path: str


def send(plan: Plan, method: str, path: str) -> Sent:
    """Route a request as Google's documentation describes it."""
    matcher = plan.resources["google_compute_url_map.front[0]"]["path_matcher"][0]
    for rule in sorted(matcher["route_rules"], key=lambda rule: int(rule["priority"])):
        for match in rule["match_rules"]:
            found = _matched(match, path)
            if found and _has_method(match, method):
                return Sent(_backend(rule["service"]), _rewritten(rule, path, found))
    return Sent(_backend(matcher["default_service"]), path)


def _matched(match: dict[str, Any], path: str) -> re.Match[str] | None:
    """The part of the path that matches, with its variables. In a template, `*` is one segment, `**` all others."""
    if match["prefix_match"]:
        return re.match(re.escape(match["prefix_match"]), path)
    template = match["full_path_match"] or re.sub(r"\{(\w+)=(\*+)\}", r"(?P<\1>\2)", match["path_template_match"])
    pattern = re.sub(r"\*+", lambda stars: ".+" if stars[0] == "**" else "[^/]+", template)
    return re.fullmatch(pattern, path)


def _has_method(match: dict[str, Any], method: str) -> bool:
    headers = match["header_matches"] or []
    return all(each["header_name"] == ":method" and each["exact_match"] == method for each in headers)


def _rewritten(rule: dict[str, Any], path: str, found: re.Match[str]) -> str:
    if not rule["route_action"]:
        return path
    rewrite: dict[str, str | None] = rule["route_action"][0]["url_rewrite"][0]
    template = rewrite["path_template_rewrite"]
    if template:
        return template.format(**found.groupdict())
    return f"{rewrite['path_prefix_rewrite']}{path[found.end() :]}"


def _backend(service: str) -> str:
    return service.rpartition("/")[2].removeprefix("image-repo-")
