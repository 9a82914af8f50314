"""Refuses parameters of an address that a route does not know, so that a misspelt filter never hands out a wrong list.

It decides for the routes below `/v1/`, which programs read. Pages for everybody ignore what they do not know: mail
programs and search engines add parameters of their own to a link.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from types import UnionType
from typing import Any, Union, get_args, get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from shared.errors import MALFORMED, UNKNOWN_PARAMETER, Problem

_STRICT = "/v1/"
_MOST_NAMED = 20
_LONGEST_NAME = 60
_NEAR = 0.5
"""Likeness, from 0 to 1, from which a known name is offered for the one that was sent."""
_MANY = (list, set, frozenset, tuple, Sequence)

Known = Mapping[str, bool]
"""The parameters of a route, and of each whether it may be given more than once."""


class KnownParameters:
    """What the routes of one application take: found out when a route is first asked with a parameter, and kept."""

    def __init__(self) -> None:
        # By id, as a route has no hash; the application keeps its routes, so that no id is used again.
        self._of_route: dict[int, Known | None] = {}

    def of(self, route: APIRoute) -> Known | None:
        """The parameters that the route takes, or `None` where others are ignored."""
        if id(route) not in self._of_route:
            self._of_route[id(route)] = known_parameters(route) if route.path.startswith(_STRICT) else None
        return self._of_route[id(route)]


def known_parameters(route: APIRoute) -> Known:
    """What the route reads of its query, by its own signature and by those that it depends on."""
    return {name: _may_repeat(kind) for name, kind in _parameters(route.dependant)}


def refuse_unknown(request: Request) -> None:
    """Refuse a parameter that the route of this request does not take, and one sent twice of which it reads one.

    The address must belong to a caller who may ask: nobody else learns what a route takes.
    """
    if not request.scope["query_string"]:
        return
    known: Known | None = request.app.state.known_parameters.of(request.scope["route"])
    if known is None:
        return
    sent, pairs = request.query_params.keys(), request.query_params.multi_items()
    if b"%00" in request.scope["query_string"]:
        raise _holds_nul(pairs)
    if len(sent) == len(pairs) and sent <= known.keys():
        return  # nearly always; the rest costs as much again
    times = Counter(name for name, _ in pairs)
    wrong = [name for name, number in times.items() if name not in known or (number > 1 and not known[name])]
    if wrong:
        raise _refusal(wrong, known)


def _holds_nul(pairs: Sequence[tuple[str, str]]) -> Problem:
    """PostgreSQL refuses a text with a NUL in it: a failure of ours for a typing error of a caller."""
    names = sorted({name.replace("\x00", "")[:_LONGEST_NAME] for name, value in pairs if "\x00" in name + value})
    errors = [{"field": f"query.{name}", "reason": "holds a NUL"} for name in names[:_MOST_NAMED]]
    return Problem(MALFORMED, f"{len(names)} parameter(s) of the address cannot be used.", errors=errors)


def _refusal(wrong: Sequence[str], known: Known) -> Problem:
    names = [name[:_LONGEST_NAME] for name in wrong[:_MOST_NAMED]]
    errors = [{"field": f"query.{name}", "reason": _why(name, known)} for name in names]
    left_off = {"errors_left_off": len(wrong) - len(names)} if len(wrong) > len(names) else {}
    detail = f"{len(wrong)} parameter(s) of the address cannot be used."
    return Problem(UNKNOWN_PARAMETER, detail, errors=errors, **left_off, known=sorted(known))


def _why(name: str, known: Known) -> str:
    if name in known:
        return "may be given only once"
    near = get_close_matches(name, known, n=1, cutoff=_NEAR)
    return f"there is no such parameter; the nearest is `{near[0]}`" if near else "there is no such parameter"


def _parameters(dependant: Dependant) -> Iterator[tuple[str, Any]]:
    for one in dependant.query_params:
        kind: Any = one.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from ((field.alias or name, field.annotation) for name, field in kind.model_fields.items())
        else:
            yield one.alias, kind
    for inner in dependant.dependencies:
        yield from _parameters(inner)


def _may_repeat(kind: Any) -> bool:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return any(map(_may_repeat, get_args(kind)))
    return (origin or kind) in _MANY
