"""The load balancer as its URL map says: the rules by priority, the first that fits decides."""

import re
from typing import Any, NamedTuple

from tests.infra.terraform import Plan


class Sent(NamedTuple):
    """Where a request ends: the name of the backend, and the path that this one is asked for."""

    backend: str
    path: str


def send(plan: Plan, method: str, path: str) -> Sent:
    """Route a request, as Google documents path templates: `*` is one segment, `**` all that are left."""
    matcher = plan.resources["google_compute_url_map.front[0]"]["path_matcher"][0]
    for rule in sorted(matcher["route_rules"], key=lambda rule: int(rule["priority"])):
        for match in rule["match_rules"]:
            variables = _variables(match["path_template_match"], path)
            if variables is not None and _has_method(match, method):
                return Sent(_backend(rule["service"]), _rewritten(rule, path, variables))
    return Sent(_backend(matcher["default_service"]), path)


def _variables(template: str, path: str) -> dict[str, str] | None:
    pattern = re.sub(r"\{(\w+)=(\*+)\}", r"(?P<\1>\2)", template)
    pattern = re.sub(r"\*+", lambda stars: ".+" if stars[0] == "**" else "[^/]+", pattern)
    found = re.fullmatch(pattern, path)
    return found and found.groupdict()


def _has_method(match: dict[str, Any], method: str) -> bool:
    headers = match["header_matches"] or []
    return all(each["header_name"] == ":method" and each["exact_match"] == method for each in headers)


def _rewritten(rule: dict[str, Any], path: str, variables: dict[str, str]) -> str:
    if not rule["route_action"]:
        return path
    template: str = rule["route_action"][0]["url_rewrite"][0]["path_template_rewrite"]
    return template.format(**variables)


def _backend(service: str) -> str:
    return service.rpartition("/")[2].removeprefix("image-repo-")
