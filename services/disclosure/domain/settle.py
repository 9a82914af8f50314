"""Which window holds when a record is judged once more: the stored one, unless the newer is shorter.

New packs and passing days may bring an end forward and never push it back; only new facts start afresh, and by them
newer packs lengthen nothing (`former`). A repair date that was reached stays reached, unless the packs answer otherwise
(R02). Keeps every window it builds on, so that the result can be computed again. Serves G03 and G04.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from shared.policy import Window, as_json, from_json
from shared.vocabulary import Publishability


@dataclass(frozen=True)
class Settled:
    """The window that sets the display, and what else has a say: each is one result of the engine, unaltered."""

    end: Window
    repair: Window | None = None
    """The earlier window whose repair date was acquired (已届至的修复日期)."""
    waiting: Window | None = None
    """The newer window that waits for a person; until then nothing is shown, and `end` stays the limit."""

    @property
    def window(self) -> Window:
        """What holds."""
        if self.waiting is not None:
            return self.waiting
        if self.repair is None:
            return self.end
        origin = self.repair.provenance
        return self.end._replace(
            repair_from_on=self.repair.repair_from_on,
            grounds=(*self.end.grounds, f"repair_acquired:{self.repair.repair_from_on}"),
            provenance=self.end.provenance._replace(
                repair_rule_id=origin.repair_rule_id,
                repair_article=origin.repair_article,
            ),
        )


def settle(
    stored: Settled | None, new: Window, today: date, *, then: Window | None = None, keeps_repair: bool = True
) -> Settled:
    """The window after `new` was computed; with other facts than before, `new` alone counts, or with it what the packs
    of the stored window would have given for them (`then`, by `former`).

    `keeps_repair` is the packs' answer whether a repair date that was reached stays reached (R02).
    """
    if stored is not None and not same_facts(stored.window, new):
        stored = None if then is None else Settled(then)
    if stored is None:
        return Settled(new)
    if stored.end.publishability is Publishability.EXEMPT:
        return stored
    if stored.end.publishability is Publishability.AWAITING_CONFIRMATION:
        return Settled(new)
    if new.publishability is Publishability.EXEMPT:
        return Settled(new)
    if new.publishability is Publishability.AWAITING_CONFIRMATION:
        return replace(stored, waiting=new)
    return _shorter(stored, new, today, keeps_repair=keeps_repair)


def _shorter(stored: Settled, new: Window, today: date, *, keeps_repair: bool) -> Settled:
    end = new if _ends_earlier(new, stored.end) or _differs(new, stored.end) else stored.end
    acquired = stored.repair or stored.end
    reached = keeps_repair and acquired.repair_from_on is not None and acquired.repair_from_on <= today
    settled = Settled(end, acquired if reached and _is_better(acquired, end) else None)
    return stored if settled.window == stored.window else settled


def _ends_earlier(new: Window, old: Window) -> bool:
    return new.offline_on is not None and old.offline_on is not None and new.offline_on < old.offline_on


def _differs(new: Window, old: Window) -> bool:
    """The same end, and something else that people or portals see."""
    return new.offline_on == old.offline_on and any(
        getattr(new, name) != getattr(old, name)
        for name in ("opens_on", "closes_on", "severity", "needs_confirmation", "repair_from_on")
    )


def _is_better(acquired: Window, end: Window) -> bool:
    """An acquired date matters while the record is shown, and when the window itself gives a later one or none."""
    day = acquired.repair_from_on
    if day is None or acquired is end or (end.offline_on is not None and day >= end.offline_on):
        return False
    return end.repair_from_on is None or day < end.repair_from_on


def same_facts(one: Window, other: Window) -> bool:
    """Whether two windows were computed from the same facts, be it on different days or with different packs."""
    return _facts(one) == _facts(other)


def _facts(window: Window) -> dict[str, str]:
    return {name: value for name, value in window.provenance.inputs.items() if name != "as_of"}


def basis_of(settled: Settled) -> dict[str, Any] | None:
    """What the held window was put together from, as JSON; None when it is one result of the engine."""
    if settled.repair is None and settled.waiting is None:
        return None
    parts = {"end": settled.end, "repair": settled.repair, "waiting": settled.waiting}
    return {name: as_json(window) for name, window in parts.items() if window is not None}


def settled_from(window: Mapping[str, Any], basis: Mapping[str, Any] | None) -> Settled:
    """The way back from what is stored."""
    if basis is None:
        return Settled(from_json(window))
    return Settled(**{name: from_json(part) for name, part in basis.items()})
