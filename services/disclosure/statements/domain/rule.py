"""The rule of public statements, read strictly from `rule.toml`: for how long, for which records, by which article."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.policy.periods import Duration, parse_duration
from shared.policy.source import Source
from shared.policy.table import Table
from shared.vocabulary import RecordKind

_FILE = "disclosure/statements.toml"


@dataclass(frozen=True, slots=True)
class StatementRule:
    """Which withdrawals are explained in public, and how long the explanation stays."""

    kinds: frozenset[RecordKind]
    period: Duration
    article: str
    source: Source


def parse_rule(data: Mapping[str, object]) -> StatementRule:
    """The rule of one file, or `PackError` with entry and reason."""
    file = Table(_FILE, "file", data)
    rule = StatementRule(file.choices("kinds", RecordKind), _period(file), file.text("article"), file.source())
    file.done()
    return rule


def _period(file: Table) -> Duration:
    try:
        return parse_duration(file.text("period"))
    except ValueError as error:
        raise file.refuse(f"period: {error}") from None
