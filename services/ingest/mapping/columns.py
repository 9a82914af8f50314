"""Column names of the templates, present and former, and the field that each one fills (facts 3.2).

`R` required, `C` conditional and `O` optional are judged by the checks; here only names and lengths.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.vocabulary import RecordKind


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a template: its present name, the names it had before 2018, its greatest length.

    `is_code` columns hold no spaces; `second` held further values of the same field before 2018.
    """

    name: str
    limit: int
    required: bool = False
    former: tuple[str, ...] = ()
    is_code: bool = False
    second: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All names under which the field may arrive, the present one first."""
        return (self.name, *self.former, *((self.second,) if self.second else ()))


def _subject(prefix: str) -> dict[str, Column]:
    return {
        "subject_name": Column(f"{prefix}_XDR_MC", 200, required=True),
        "subject_kind": Column(f"{prefix}_XDR_LB", 16, required=True),
        "uscc": Column(f"{prefix}_XDR_SHXYM", 18, is_code=True),
        "legal_representative": Column(f"{prefix}_FRDB", 50, former=(f"{prefix}_FR",)),
        "id_type": Column(f"{prefix}_XDR_ZJLX", 64),
        "id_number": Column(f"{prefix}_XDR_ZJHM", 64, former=(f"{prefix}_XDR_SFZ",), is_code=True),
    }


PENALTY: Mapping[str, Column] = {
    **_subject("CF"),
    "document_number": Column("CF_WSH", 64, required=True),
    "violation_type": Column("CF_WFXW", 2000, required=True),
    "violation_facts": Column("CF_SY", 5000, required=True),
    "legal_basis": Column("CF_YJ", 2000, required=True),
    "penalty_types": Column("CF_CFLB", 100, required=True, former=("CF_CFLB1",), second="CF_CFLB2"),
    "penalty_content": Column("CF_NR", 4000, required=True),
    "fine": Column("CF_NR_FK", 20),
    "confiscated": Column("CF_NR_WFFF", 20),
    "withheld_licence": Column("CF_NR_ZKDX", 200),
    "decided_on": Column("CF_JDRQ", 20, required=True),
    "valid_until": Column("CF_YXQ", 20, required=True, former=("CF_QX",)),
    "publication_ends": Column("CF_GSJZQ", 20),
    "authority_name": Column("CF_CFJG", 200, required=True, former=("CF_XZJG", "CF_JG")),
    "authority_code": Column("CF_CFJGDM", 18, required=True, is_code=True),
    "source_name": Column("CF_SJLY", 200, required=True),
    "source_code": Column("CF_SJLYDM", 18, required=True, is_code=True),
    "state": Column("CF_ZT", 1),
    "remark": Column("BZ", 4000),
}

LICENCE: Mapping[str, Column] = {
    **_subject("XK"),
    "document_number": Column("XK_WSH", 64, required=True),
    "document_title": Column("XK_XKWS", 64, required=True),
    "category": Column("XK_XKLB", 256, required=True),
    "certificate_name": Column("XK_XKZS", 64),
    "licence_number": Column("XK_XKBH", 64),
    "licence_content": Column("XK_NR", 4000, required=True),
    "decided_on": Column("XK_JDRQ", 20, required=True),
    "valid_from": Column("XK_YXQZ", 20, required=True),
    "valid_until": Column("XK_YXQZI", 20, required=True, former=("XK_JZQ",)),
    "authority_name": Column("XK_XKJG", 200, required=True),
    "authority_code": Column("XK_XKJGDM", 18, required=True, is_code=True),
    "state": Column("XK_ZT", 1, required=True),
    "source_name": Column("XK_LYDW", 200, required=True),
    "source_code": Column("XK_LYDWDM", 18, required=True, is_code=True),
    "remark": Column("BZ", 4000),
}

TEMPLATES: Mapping[RecordKind, Mapping[str, Column]] = {RecordKind.PENALTY: PENALTY, RecordKind.LICENCE: LICENCE}

NEVER_KEPT = ("FR_ZJLX", "FR_ZJHM", "FR_SFZH")
"""Endings of columns with the legal representative's own number: never stored, sent or shown (open question Q21)."""

NOT_READ = ("XDR_GSZC", "XDR_GSDJ", "XDR_ZZJG", "XDR_ZDM", "XDR_SWDJ", "XDR_SYDW", "XDR_SHZZ", "CF_CFMC", "DFBM", "SJC")
"""Endings of columns that belong to the templates, present or former, and that no rule here needs."""

_PREFIXES = {RecordKind.PENALTY: "CF", RecordKind.LICENCE: "XK"}

KNOWN_NAMES: Mapping[RecordKind, frozenset[str]] = {
    kind: frozenset(name for column in template.values() for name in column.names)
    | {f"{_PREFIXES[kind]}_{ending}" for ending in NEVER_KEPT + NOT_READ}
    for kind, template in TEMPLATES.items()
}
"""Every name of a template's columns, present and former, also of those that are not kept or not read."""
