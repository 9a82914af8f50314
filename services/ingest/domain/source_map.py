"""Which system is authoritative for which kind of record (数据来源清单, facts B03), and what a row of another one is.

Pure: the map is data that operators set; it decides nothing about a record's content.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.ingest.domain.findings import Weight

EVERY_AUTHORITY = ""
"""The entry of a kind that holds for all authorities without an entry of their own."""


@dataclass(frozen=True, slots=True)
class SourceRule:
    """The systems (clients) that are authoritative, and what a row of another one gets: a warning or quarantine."""

    clients: frozenset[str]
    others: Weight = Weight.WARNING


@dataclass(frozen=True, slots=True)
class SourceMap:
    """The rules of one kind, by authority."""

    rules: Mapping[str, SourceRule] = field(default_factory=dict)

    def rule_for(self, authority_code: str) -> SourceRule | None:
        """The rule of the authority, else that of the kind; None where any system may send."""
        return self.rules.get(authority_code) or self.rules.get(EVERY_AUTHORITY)

    def outranking(self, authority_code: str, client: str) -> frozenset[str]:
        """The systems whose content this client's rows do not replace: none when the client is authoritative."""
        rule = self.rule_for(authority_code) if self.rules else None
        return rule.clients if rule and client not in rule.clients else frozenset()

    def is_authoritative_somewhere(self, client: str) -> bool:
        return any(client in rule.clients for rule in self.rules.values())


EMPTY = SourceMap()


def source_map(rows: Iterable[tuple[str, str, Weight]]) -> SourceMap:
    """From (authority or "", client, weight of others) of one kind; the rows of one authority agree in the weight."""
    clients: dict[str, set[str]] = {}
    weights: dict[str, Weight] = {}
    for authority, client, others in rows:
        clients.setdefault(authority, set()).add(client)
        weights[authority] = others
    return SourceMap({one: SourceRule(frozenset(named), weights[one]) for one, named in clients.items()})
