"""What a subscriber's endpoint is said to be: never good while it is left alone, whoever asked for that."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from services.sync.dashboard.page import environment
from services.sync.dashboard.shown import Shown
from services.sync.dashboard.texts import translate, word

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
LATER, BEFORE = "2026-11-21T02:10:00+00:00", "2026-11-21T01:50:00+00:00"


def _health(**known: Any) -> str:
    one = {"state": "active", "failures": 0, "failing_since": None, "held_until": None, "oldest_waiting_at": None}
    names = {"t": translate("zh"), "w": lambda group, code: word("zh", group, code), "show": Shown("zh", NOW)}
    template = environment().get_template("subscriber_parts.html")
    return str(template.make_module(names).health(SimpleNamespace(**one | known)))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({}, "正常"),
        ({"held_until": BEFORE}, "正常"),
        ({"held_until": LATER}, "对方要求暂缓"),
        ({"held_until": LATER, "oldest_waiting_at": BEFORE}, "2026-11-21 10:10 再试"),
        ({"failures": 3, "failing_since": BEFORE, "held_until": LATER}, "2026-11-21 10:10 再试"),
        ({"failures": 3, "failing_since": BEFORE, "held_until": BEFORE}, "3"),
    ],
)
def test_an_endpoint_that_is_left_alone_says_until_when(known: dict[str, Any], said: str) -> None:
    assert said in _health(**known)
    assert ("再试" in _health(**known)) == (known.get("held_until") == LATER)
