"""A service of an older release refuses what it does not know: the panel says so, as with an answer without a field."""

import json
from typing import Any

import pytest

from services.sync.dashboard.reading import Services
from shared.clock import SystemClock
from shared.errors import MALFORMED, NOT_FOUND, SCOPE_MISSING, UNKNOWN_PARAMETER, ProblemType
from shared.outbound.client import Answer
from shared.web.problems import problem_response


class Refusing:
    """Refuses everything with one type of problem."""

    def __init__(self, kind: ProblemType) -> None:
        response = problem_response(kind, "No.", {"required_scope": "x"}, None)
        self._answer = Answer(kind.status, {}, bytes(response.body))

    async def send(self, *_: Any, **__: Any) -> Answer:
        assert json.loads(self._answer.body)["detail"] == "No."
        return self._answer


@pytest.mark.parametrize(
    ("kind", "why"),
    [(UNKNOWN_PARAMETER, "older"), (MALFORMED, "failed"), (SCOPE_MISSING, "refused"), (NOT_FOUND, "absent")],
)
async def test_a_parameter_that_a_service_does_not_know_makes_it_older(kind: ProblemType, why: str) -> None:
    services = Services({"sync": Refusing(kind)}, SystemClock())  # type: ignore[dict-item]
    found = await services.reader("token").read("sync", "/v1/matrix", {"new": "x"})
    assert (found.why, found.kind, found.status) == (why, kind.slug, kind.status)
