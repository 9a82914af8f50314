"""Which differences between two mentions only propose a pair to a person, read strictly from `identity.toml` (R22).

What is equal is fixed: the keys of stored records are made by it. A file that says otherwise is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.policy.table import Table
from shared.rule_files import RuleFile

_FILE = "ingest/identity.toml"
_EQUAL: Mapping[str, frozenset[str]] = {
    "document_numbers": frozenset({"brackets", "width", "spaces", "case", "year_word", "ordinal"}),
    "subjects": frozenset({"unified_code", "register", "person"}),
}


class NumberHint(StrEnum):
    """A difference between two document numbers behind which one document may stand."""

    AREA = "area"
    LEADING_ZEROS = "leading_zeros"
    HAO = "hao"
    SIGNS = "signs"


class SubjectHint(StrEnum):
    """Why two mentions with different codes may be one subject."""

    ORGANISATION_CODE = "organisation_code"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class IdentityRule:
    """What is shown to a person; everything else that differs is two."""

    numbers: frozenset[NumberHint]
    subjects: frozenset[SubjectHint]


def parse_identity(data: Mapping[str, Any]) -> IdentityRule:
    """The rule of one file, or `PackError` with entry and reason."""
    file = Table(_FILE, "file", data)
    tables = {name: file.table(name) for name in _EQUAL}
    rule = IdentityRule(
        tables["document_numbers"].choices("proposed", NumberHint), tables["subjects"].choices("proposed", SubjectHint)
    )
    for name, table in tables.items():
        if set(table.texts("equal")) != _EQUAL[name]:
            wanted = ", ".join(sorted(_EQUAL[name]))
            raise table.refuse(f"equal can only be {wanted}: the keys of stored records are made by it")
        table.source()
        table.done()
    file.done()
    return rule


FILE = RuleFile(_FILE, "services.ingest.identity.domain", parse_identity)

identity_rule = FILE.read
"""The rule in force."""
