"""What a reader found wrong with a quarantined row in its file, and whether a person has mended it (文件损坏).

The checks cannot see such damage: cells that lost characters or slipped by one column may look right. Serves G02.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from services.ingest.domain.findings import Finding, Weight
from services.ingest.files import FaultCode
from services.ingest.mapping.draft import Cell, Row
from shared.database.types import AnyRow

_DAMAGE = frozenset(FaultCode)


def stopped_by(row: AnyRow) -> list[Finding]:
    """What was found when the row was put aside."""
    return [
        Finding(one["code"], one["column"], one["message"], Weight(one["weight"])) for one in json.loads(row.findings)
    ]


def is_damaged(findings: Iterable[Finding]) -> bool:
    return any(finding.code in _DAMAGE for finding in findings)


def faults_left(findings: Iterable[Finding], held: Row, supplied: Mapping[str, Cell]) -> Sequence[Finding]:
    """The damage that these cells do not mend: that of a column until it is given anew, that of the whole row until
    every column that holds something is."""
    filled = {name for name, cell in held.items() if cell not in (None, "")}
    is_given_anew = bool(supplied) and filled <= supplied.keys()
    return [
        one for one in findings if one.code in _DAMAGE and not (one.column in supplied if one.column else is_given_anew)
    ]
