"""Whatever people call in whatever order and on whatever day, the service does what the pure procedure allows, no more
and no less, and its limits are those of the law (G10, G11)."""

import random
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from services.repair.applications.domain.case import Action, ApplicationState, Case, Step, StepRefused
from services.repair.applications.domain.clocks import ENDS, MOOT, SUPPLEMENT, LegalClock, resume, started_by, stop
from services.repair.applications.domain.machine import TRANSITIONS, advance, filed
from services.repair.applications.domain.rules import procedure_rules
from services.repair.applications.lapse import lapse
from shared.calendars.book import packaged_calendar
from tests.integration.repair.test_repair_procedure import filed as file_over_http
from tests.integration.repair.test_repair_procedure import go_to, limits
from tests.support.repair_desk import PATH, papers_handed_in, view
from tests.support.services import RunningService

CALENDAR = packaged_calendar()
PEOPLE = ("clerk", "first", "second")
CALLS: Mapping[Action, tuple[str, dict[str, Any]]] = {
    Action.ACCEPT: ("acceptance", {"accepted": True}),
    Action.DECLINE: ("acceptance", {"accepted": False}),
    Action.REQUEST_SUPPLEMENT: ("supplement-request", {}),
    Action.SUPPLEMENT: ("supplement", {}),
    Action.FIRST_REVIEW: ("first-review", {}),
    Action.SECOND_REVIEW: ("second-review", {}),
    Action.APPROVE: ("decision", {"decision": "approve"}),
    Action.REFUSE: ("decision", {"decision": "refuse"}),
    Action.SERVE: ("service", {"way": "online"}),
    Action.WITHDRAW: ("withdrawal", {}),
    Action.REVOKE: ("revocation", {}),
}
EARLY = (Action.WITHDRAW, Action.DECLINE, Action.REFUSE)
"""End a case; tried less often, so that cases go on."""
OVER = (ApplicationState.LAPSED, ApplicationState.WITHDRAWN)


class Model:
    """One application as the pure parts see it."""

    def __init__(self, today: date) -> None:
        self.generation = procedure_rules().generation_on(today)
        self.case = filed(two_people=True)
        self.clocks = {name: LegalClock(name, today) for name in started_by(Action.FILE, self.generation)}

    def take(self, action: Action, actor: str, today: date) -> bool:
        try:
            self.case = advance(self.case, Step(action=action, actor=actor))
        except StepRefused:
            return False
        ended = self.clocks if action in MOOT else ENDS.get(action, frozenset())
        kept = {name: one for name, one in self.clocks.items() if name not in ended}
        move = {Action.REQUEST_SUPPLEMENT: stop, Action.SUPPLEMENT: resume}.get(action)
        self.clocks = {name: move(one, today) if move else one for name, one in kept.items()}
        self.clocks |= {name: LegalClock(name, today) for name in started_by(action, self.generation)}
        return True

    def end_what_was_not_supplemented(self, today: date) -> None:
        term = self.clocks.get(SUPPLEMENT)
        end = term.last_day(CALENDAR) if term else None
        if end is not None and end.day < today:
            self.take(Action.LAPSE, "calendar", today)

    @property
    def limits(self) -> dict[str, str | None]:
        ends = {name: one.last_day(CALENDAR) for name, one in self.clocks.items()}
        return {name: end.day.isoformat() if end else None for name, end in ends.items()}


@pytest.mark.parametrize("seed", range(3))
async def test_no_sequence_of_calls_leaves_the_procedure_or_moves_a_limit(repair: RunningService, seed: int) -> None:
    dice, today = random.Random(seed), date(2026, 9, 21 + seed)
    reached: set[ApplicationState] = set()
    for _ in range(4):
        go_to(repair, today)
        application_id, model = await file_over_http(repair), Model(today)
        await papers_handed_in(repair, application_id)
        for _ in range(16):
            today += timedelta(days=dice.choice((0, 0, 0, 1, 2, 9)))
            go_to(repair, today)
            async with repair.work() as work:
                await lapse(work)
            model.end_what_was_not_supplemented(today)
            action, actor = some_action(dice, model.case), dice.choice(PEOPLE)
            await call(repair, application_id, model, action, actor, today)
            await agrees(repair, application_id, model)
            reached.add(model.case.state)
            if model.case.state in OVER:
                break
    assert len(reached) > 5, reached


def some_action(dice: random.Random, case: Case) -> Action:
    """Mostly one that the state allows."""
    fitting = [action for state, action in TRANSITIONS if state is case.state and action in CALLS]
    onward = [one for one in fitting if one not in EARLY]
    return dice.choice([*onward * 4, *fitting, *dice.sample(list(CALLS), 3)])


async def call(
    repair: RunningService, application_id: str, model: Model, action: Action, actor: str, today: date
) -> None:
    path, body = CALLS[action]
    version = model.case.version
    sent = body | {"reason": "依法办理", "version": version}
    stale = await repair.post(f"{PATH}/{application_id}/{path}", sent | {"version": version + 1}, sub=actor)
    assert stale.status_code == 409, stale.text
    allowed = model.take(action, actor, today)
    answer = await repair.post(f"{PATH}/{application_id}/{path}", sent, sub=actor)
    assert (answer.status_code == 200) is allowed, (action, actor, answer.text)
    assert allowed or answer.json()["article"]


async def agrees(repair: RunningService, application_id: str, model: Model) -> None:
    found = await view(repair, application_id)
    assert (found["state"], found["version"]) == (model.case.state, model.case.version)
    assert await limits(repair, application_id) == model.limits
