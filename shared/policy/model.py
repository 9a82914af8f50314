"""What the engine is told (`Facts`) and what it answers (`Window` with its `Provenance`), as plain values.

Serves G03: a window carries the rule, the article, the pack version and the inputs from which it can be computed again.
Decides nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from shared.policy.clock_start import CountFrom
from shared.vocabulary import Audience, PenaltyType, Procedure, Publishability, RecordKind, Severity, SubjectKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts of one record that any rule may ask for.

    `list_conditions` holds ids of `packs/lists.toml`; `serious_by_law` says that a statute or the authority names the
    conduct serious (情节严重), which is also how a person confirms a proposed severity; `milder_confirmed` is how a
    person rejects one (R07). `fine` is in yuan.
    """

    kind: RecordKind
    decided_on: date
    first_submitted_on: date
    subject_kind: SubjectKind
    authority_region: str
    penalty_types: frozenset[PenaltyType] = frozenset()
    fine: Decimal | None = None
    procedure: Procedure = Procedure.ORDINARY
    accident_related: bool = False
    list_conditions: frozenset[str] = frozenset()
    serious_by_law: bool = False
    valid_until: date | None = None
    licence_valid: bool = True
    subject_under_18: bool = False
    secret: bool = False
    milder_confirmed: bool = False


class Provenance(NamedTuple):
    """Where a window comes from: the rule that set its end, the one that set its repair date, and all inputs.

    A tuple, as `Window` is: a register is millions of them, and a frozen dataclass takes six times as long to make.
    """

    rule_id: str
    article: str
    pack_version: str
    inputs: Mapping[str, str]
    repair_rule_id: str | None = None
    repair_article: str | None = None
    count_from: CountFrom | None = None  # the day from which that rule counts the period (起算日)


class Window(NamedTuple):
    """公示期: for one audience, whether the record may be shown, and on which days.

    SHOWN means: show from `opens_on` until 00:00 Asia/Shanghai of `offline_on`. On any other publishability nothing is
    shown; dates that are present then say until when it was lawful (a later version hid it, or it arrived overdue).
    `closes_on` is the last lawful day (R01); `offline_on` is the day after it, or the start of the version that cut the
    window (R04). `repair_from_on` is the first day on which an application is possible (R02).
    """

    audience: Audience
    publishability: Publishability
    severity: Severity | None
    opens_on: date | None
    closes_on: date | None
    offline_on: date | None
    repair_from_on: date | None
    needs_confirmation: bool
    grounds: tuple[str, ...]
    provenance: Provenance
