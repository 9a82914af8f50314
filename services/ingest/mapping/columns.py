"""Column names of the templates, present and former, and the field that each one fills (facts 3.2).

`R` required, `C` conditional and `O` optional are judged by the checks; here only names and lengths. The columns of
licences and penalties are those of the dual-disclosure template; those of coercion, awards and inspections (`QZ_…`,
`JL_…`, `JC_…`) are a proposal of ours, because no field table was found (docs/law.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.ingest.mapping.titles import TITLES, UNREAD_TITLES, header_key
from shared.vocabulary import RecordKind


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a template: its present name, the names it had before 2018, its greatest length.

    `is_code` columns hold no spaces; `is_prose` columns hold running text, whose writing is left as it is (ruling R21);
    `second` held further values of the same field before 2018.
    """

    name: str
    limit: int
    required: bool = False
    former: tuple[str, ...] = ()
    is_code: bool = False
    is_prose: bool = False
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


def _life(prefix: str, *, required: bool = False) -> dict[str, Column]:
    """State, version and reason of a withdrawal (ruling R24), whether it may be public, and the remark.

    The codes of version, reason and publicity are ours: a provincial template has the columns, and no code was found.
    """
    return {
        "state": Column(f"{prefix}_ZT", 1, required=required),
        "data_version": Column("SJBB", 9, former=("数据版本",)),
        "withdrawal_reason": Column("CHYY", 2000, former=("撤回原因",), is_prose=True),
        "withdrawal_kind": Column("CHLX", 16),
        "withdrawn_on": Column("CHRQ", 20),
        "public": Column("SFGK", 4),
        "ground_of_non_disclosure": Column("BGKLY", 200, is_prose=True),
        "remark": Column("BZ", 4000, is_prose=True),
    }


PENALTY: Mapping[str, Column] = {
    **_subject("CF"),
    "document_number": Column("CF_WSH", 64, required=True),
    "violation_type": Column("CF_WFXW", 2000, required=True),
    "violation_facts": Column("CF_SY", 5000, required=True, is_prose=True),
    "legal_basis": Column("CF_YJ", 2000, required=True, is_prose=True),
    "penalty_types": Column("CF_CFLB", 100, required=True, former=("CF_CFLB1",), second="CF_CFLB2"),
    "penalty_content": Column("CF_NR", 4000, required=True, former=("CF_JG",), is_prose=True),
    "fine": Column("CF_NR_FK", 20),
    "fine_in_yuan": Column("CF_NR_FK_YUAN", 20),
    "confiscated": Column("CF_NR_WFFF", 20),
    "confiscated_in_yuan": Column("CF_NR_WFFF_YUAN", 20),
    "withheld_licence": Column("CF_NR_ZKDX", 200),
    "decided_on": Column("CF_JDRQ", 20, required=True),
    "valid_until": Column("CF_YXQ", 20, required=True, former=("CF_QX", "CF_JZQ")),
    "publication_ends": Column("CF_GSJZQ", 20),
    "authority_name": Column("CF_CFJG", 200, required=True, former=("CF_XZJG",)),
    "authority_code": Column("CF_CFJGDM", 18, required=True, is_code=True),
    "source_name": Column("CF_SJLY", 200, required=True),
    "source_code": Column("CF_SJLYDM", 18, required=True, is_code=True),
    **_life("CF"),
}

LICENCE: Mapping[str, Column] = {
    **_subject("XK"),
    "document_number": Column("XK_WSH", 64, required=True),
    "document_title": Column("XK_XKWS", 64, required=True),
    "category": Column("XK_XKLB", 256, required=True),
    "certificate_name": Column("XK_XKZS", 64),
    "licence_number": Column("XK_XKBH", 64),
    "licence_content": Column("XK_NR", 4000, required=True, is_prose=True),
    "decided_on": Column("XK_JDRQ", 20, required=True),
    "valid_from": Column("XK_YXQZ", 20, required=True),
    "valid_until": Column("XK_YXQZI", 20, required=True, former=("XK_JZQ",)),
    "authority_name": Column("XK_XKJG", 200, required=True, former=("XK_XZJG",)),
    "authority_code": Column("XK_XKJGDM", 18, required=True, is_code=True),
    "source_name": Column("XK_LYDW", 200, required=True),
    "source_code": Column("XK_LYDWDM", 18, required=True, is_code=True),
    **_life("XK", required=True),
}


def _envelope(prefix: str, bureau: str, decided: str = "JDRQ") -> dict[str, Column]:
    """What coercion, awards and inspections have in common (facts 3.4); no text was found that names their columns."""
    return {
        **_subject(prefix),
        "document_number": Column(f"{prefix}_WSH", 64, required=True),
        "item_name": Column(f"{prefix}_SXMC", 200, required=True),
        "power_code": Column(f"{prefix}_QLBM", 64),
        "legal_basis": Column(f"{prefix}_YJ", 2000, required=True, is_prose=True),
        "content": Column(f"{prefix}_NR", 4000, required=True, is_prose=True),
        "decided_on": Column(f"{prefix}_{decided}", 20, required=True),
        "authority_name": Column(f"{prefix}_{bureau}", 200, required=True),
        "authority_code": Column(f"{prefix}_{bureau}DM", 18, required=True, is_code=True),
        "source_name": Column(f"{prefix}_LYDW", 200, required=True),
        "source_code": Column(f"{prefix}_LYDWDM", 18, required=True, is_code=True),
    }


COERCION: Mapping[str, Column] = {
    **_envelope("QZ", "QZJG"),
    "measure": Column("QZ_CSLB", 200, required=True),
    "object": Column("QZ_DX", 2000, required=True, is_prose=True),
    "valid_from": Column("QZ_QXZ", 20, required=True),
    "valid_until": Column("QZ_QXZI", 20),
    "released_on": Column("QZ_JCRQ", 20),
    **_life("QZ"),
}

AWARD: Mapping[str, Column] = {
    **_envelope("JL", "JLJG"),
    "honour": Column("JL_RYMC", 200, required=True),
    "level": Column("JL_JB", 64),
    "valid_from": Column("JL_YXQZ", 20),
    "valid_until": Column("JL_YXQZI", 20),
    **_life("JL"),
}

INSPECTION: Mapping[str, Column] = {
    **_envelope("JC", "JCJG", decided="JCRQ"),
    "plan": Column("JC_JHLX", 16, required=True),
    "items": Column("JC_JCX", 4000, required=True, is_prose=True),
    "result": Column("JC_JCJL", 16, required=True),
    "correct_by": Column("JC_ZGQX", 20),
    "reinspected_on": Column("JC_FCRQ", 20),
    "reinspection_result": Column("JC_FCJG", 2000, is_prose=True),
    **_life("JC"),
}

TEMPLATES: Mapping[RecordKind, Mapping[str, Column]] = {
    RecordKind.PENALTY: PENALTY,
    RecordKind.LICENCE: LICENCE,
    RecordKind.COERCION: COERCION,
    RecordKind.AWARD: AWARD,
    RecordKind.INSPECTION: INSPECTION,
}

NEVER_KEPT = ("FR_ZJLX", "FR_ZJHM", "FR_SFZH")
"""Endings of columns with the legal representative's own number: never stored, sent or shown (open question Q21)."""

NOT_READ = ("XDR_GSZC", "XDR_GSDJ", "XDR_ZZJG", "XDR_ZDM", "XDR_SWDJ", "XDR_SYDW", "XDR_SHZZ", "CF_CFMC", "CF_SXQ",
            "XK_XMMC", "DFBM", "SJC")  # fmt: skip
"""Endings of columns that belong to the templates, present or former, and that no rule here needs."""

PREFIXES: Mapping[RecordKind, str] = {
    RecordKind.PENALTY: "CF",
    RecordKind.LICENCE: "XK",
    RecordKind.COERCION: "QZ",
    RecordKind.AWARD: "JL",
    RecordKind.INSPECTION: "JC",
}


def _unread(prefix: str) -> dict[str, str]:
    """Ending to column of those that are known and not read. Some stand without a prefix or with one already."""
    return {
        ending: ending if ending[:3] in ("CF_", "XK_") or ending in ("DFBM", "SJC") else f"{prefix}_{ending}"
        for ending in NEVER_KEPT + NOT_READ
        if ending[:3] not in ("CF_", "XK_") or ending.startswith(prefix)
    }


KNOWN_NAMES: Mapping[RecordKind, frozenset[str]] = {
    kind: frozenset(name for column in template.values() for name in column.names)
    | frozenset(_unread(PREFIXES[kind]).values())
    for kind, template in TEMPLATES.items()
}
"""Every name of a template's columns, present and former, also of those that are not kept or not read."""


def names_of(kind: RecordKind) -> Mapping[str, str]:
    """Every header text of a kind, as `header_key` writes it, and the column that it means, as `read_row` takes it.

    Codes mean themselves, former codes too: a file of the archive may hold both parts of one field. Titles mean the
    present code. What is known and not read is in it as well, so that a header is recognised whole.
    """
    return _NAMES[kind]


def _names(kind: RecordKind) -> dict[str, str]:
    prefix = PREFIXES[kind]
    unread = _unread(prefix)
    pairs = [(title, column.name) for field, column in TEMPLATES[kind].items() for title in TITLES[kind].get(field, ())]
    pairs += [(title, column) for ending, column in unread.items() for title in UNREAD_TITLES.get(ending, ())]
    names: dict[str, str] = {}
    for title, column_name in pairs:
        if names.setdefault(header_key(title), column_name) != column_name:
            raise ValueError(f"the header {title} of {kind} would mean two columns")
    for name in KNOWN_NAMES[kind]:
        names.setdefault(header_key(name), name)
    return names


_NAMES = {kind: _names(kind) for kind in TEMPLATES}
