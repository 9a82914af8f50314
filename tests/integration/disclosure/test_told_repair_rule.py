"""What disclosure tells of repair with each order to show: from which day, by which rule and article, and the class."""

from collections.abc import Sequence
from datetime import date

import pytest

from services.disclosure.handlers import Handlers
from services.disclosure.rules import load_law
from shared.contracts.events import PublicationOnline
from shared.vocabulary import Audience, PenaltyType, Severity
from tests.support.services import RunningService
from tests.support.told import admitted, record


@pytest.mark.parametrize(
    ("decided_on", "types", "severity", "possible_from", "rule"),
    [
        (date(2026, 10, 30), [PenaltyType.FINE], Severity.ORDINARY, date(2027, 1, 31), "ndrc-36-2026/ordinary"),
        (date(2026, 10, 30), [PenaltyType.CLOSURE], Severity.SERIOUS, date(2027, 10, 31), "ndrc-36-2026/serious"),
    ],
)
async def test_an_order_to_show_names_the_rule_of_repair(
    disclosure: RunningService,
    decided_on: date,
    types: Sequence[PenaltyType],
    severity: Severity,
    possible_from: date,
    rule: str,
) -> None:
    await disclosure.hear(Handlers(load_law()).records, admitted(of=record(decided_on, *types)))
    told = [one for one in await disclosure.told() if isinstance(one, PublicationOnline)]
    [order] = [one for one in told if one.audience is Audience.CREDIT_SITES]
    assert (order.severity, order.repair_from_on, order.repair_rule_id) == (severity, possible_from, rule)
    assert order.repair_article is not None
    assert "国家发展改革委令第36号" in order.repair_article
    assert order.article is not None
