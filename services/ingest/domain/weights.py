"""How much each check weighs (`checks.toml`, R20), and what a row that is invalid without reasons does (R24).

A weight may be softened only where the row can be stored and shown as it is; the loader says of every other why not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.ingest.domain.findings import Weight
from shared.policy.table import PackError, Table
from shared.rule_files import RuleFile
from shared.vocabulary import CHINESE_WITHDRAWAL_KINDS, RecordKind, WithdrawalKind

_FILE = "ingest/checks.toml"
_WORDS = {"stop": Weight.QUARANTINE, "warn": Weight.WARNING, "note": Weight.NOTE}
_CHOSEN = frozenset(_WORDS)
_ONLY_STOP: Mapping[str, str] = {
    "V01": "the value cannot be stored",
    "V02": "a record is known by the number of its subject",
    "V03": "what a subject is decides who may see the record",
    "V05": "a record without a readable authority belongs to nobody",
    "V06": "no period can be counted from such a day",
    "V07": "the value cannot be stored, and it decides the class",
    "V09": "a period would end before it begins",
    "V10": "a period would end before it begins",
    "V11": "the value cannot be stored",
    "V13": "the number of a person would be published",
    "V14": "the record must not be disclosed",
    "V16": "it would be unknown whether the decision is in force",
}
_CHECKS: Mapping[str, frozenset[str]] = dict.fromkeys(_ONLY_STOP, frozenset({"stop"})) | dict.fromkeys(
    (
        "V04", "V05_no_government_body", "V06_late", "V07_missing", "V08", "V09_follow_up", "V09_publication_end",
        "V15", "V15_surplus",
    ),
    _CHOSEN,
)  # fmt: skip
_CORRECTED = frozenset({"width", "case", "spaces", "control_characters"})
_MUST_WAIT = frozenset(RecordKind) - {RecordKind.LICENCE}


@dataclass(frozen=True, slots=True)
class Weights:
    """`of` the weights by check; `waits` the kinds that wait when invalid without reasons; `way` how a decision was
    undone when its row does not say, None where a person is to say it."""

    of: Mapping[str, Weight]
    waits: frozenset[RecordKind]
    way: WithdrawalKind | None


def parse_weights(data: Mapping[str, Any]) -> Weights:
    """The weights of one file, or `PackError` with entry and reason."""
    file = Table(_FILE, "file", data)
    given = {name: _weight(name, table) for name, table in file.named_tables("check").items()}
    waits = _waits(file.table("invalid_without_reasons"))
    way = _way(file.table("withdrawal_unnamed"))
    _check_corrected(file.table("corrected"))
    file.done()
    if missing := sorted(set(_CHECKS) - set(given)):
        raise PackError(_FILE, missing[0], "the check is missing")
    return Weights(given, waits, way)


def _weight(name: str, table: Table) -> Weight:
    if name not in _CHECKS:
        raise table.refuse(f"there is no check {name}; known are {', '.join(sorted(_CHECKS))}")
    table.text("what")
    word = table.text("weight")
    table.source()
    table.done()
    if word not in _WORDS:
        raise table.refuse(f"weight: {word!r} is none of {', '.join(_WORDS)}")
    if word not in _CHECKS[name]:
        raise table.refuse(f"weight can only be stop: {_ONLY_STOP[name]}")
    return _WORDS[word]


def _waits(table: Table) -> frozenset[RecordKind]:
    kinds = table.choices("stop", RecordKind)
    table.source()
    table.done()
    if missing := _MUST_WAIT - kinds:
        raise table.refuse(f"{', '.join(sorted(missing))} must stand in stop: only a licence can be kept as not valid")
    return kinds


def _way(table: Table) -> WithdrawalKind | None:
    """变更 is none of them: a changed decision stays in force."""
    word, day = table.text("way"), table.text("day")
    table.source()
    table.done()
    ways = {name: kind for name, kind in CHINESE_WITHDRAWAL_KINDS.items() if kind is not WithdrawalKind.AMENDED}
    if word not in (*ways, "stop"):
        raise table.refuse(f"way: {word!r} is none of {', '.join(ways)}, stop")
    if day != "arrival":
        raise table.refuse("day can only be arrival: nobody here knew of the withdrawal before")
    return ways.get(word)


def _check_corrected(table: Table) -> None:
    """Stated for whoever asks (R21); there is no other answer to choose."""
    if set(table.texts("by_itself")) != _CORRECTED:
        wanted = ", ".join(sorted(_CORRECTED))
        raise table.refuse(f"by_itself can only be {wanted}: what is stored is compared in this form")
    table.source()
    table.done()


FILE = RuleFile(_FILE, "services.ingest.domain", parse_weights)

weights = FILE.read
"""The weights in force."""


def weight_of(check: str) -> Weight:
    return weights().of[check]
