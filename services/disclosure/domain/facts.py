"""What the law needs to know of a record, taken from the record."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from shared.contracts.records import AwardDetail, CoercionDetail, InspectionDetail, LicenceDetail, PenaltyDetail, Record
from shared.policy import Facts, inputs_of
from shared.policy import facts_of as facts_from_inputs
from shared.vocabulary import PenaltyType, Procedure


def facts_of(record: Record, first_submitted_on: date) -> Facts:
    """The facts that a policy pack judges. What the templates do not tell keeps its default; people confirm it."""
    detail = record.detail
    penalty = detail if isinstance(detail, PenaltyDetail) else None
    licence = detail if isinstance(detail, LicenceDetail) else None
    withheld = isinstance(detail, CoercionDetail | AwardDetail | InspectionDetail) and not detail.public
    return Facts(
        kind=record.kind,
        decided_on=record.decided_on,
        first_submitted_on=first_submitted_on,
        subject_kind=record.subject.kind,
        authority_region=record.region,
        penalty_types=frozenset(penalty.penalty_types) if penalty else frozenset(),
        fine=penalty.fine if penalty else None,
        procedure=penalty.procedure if penalty else Procedure.ORDINARY,
        valid_until=licence.valid_until if licence else None,
        licence_valid=licence.valid if licence else True,
        secret=withheld,
    )


def with_stated(facts: Facts, stated: Mapping[str, Any]) -> Facts:
    """The facts with those that a person added; a person's word wins over the template's silence and its text."""
    return replace(facts, **{name: _read(name, value) for name, value in stated.items()})


def facts_text(facts: Facts) -> str:
    """Facts as they are stored beside a record."""
    return json.dumps(inputs_of(facts, facts.decided_on), ensure_ascii=False)


def facts_from_text(text: str) -> Facts:
    return facts_from_inputs(json.loads(text))[0]


def _read(name: str, value: Any) -> Any:
    return _READERS[name](value) if name in _READERS else value


_READERS: dict[str, Callable[[Any], Any]] = {
    "list_conditions": frozenset,
    "penalty_types": lambda names: frozenset(PenaltyType(name) for name in names),
    "fine": Decimal,
    "valid_until": date.fromisoformat,
    "procedure": Procedure,
}
"""How a stated fact comes out of JSON; all others are flags or texts."""
