"""The duties and who has them: the packaged table (常应急〔2022〕19号 arts. 12-16), over it what the bureau set.

The departments of the city answer for the whole; a county (辖市区) answers for its own records.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.identifiers import counties_of, current_division_of
from shared.policy.source import Source
from shared.policy.table import Table
from shared.policy.words import check_placeholders
from shared.rule_files import RuleFile
from shared.vocabulary import RecordKind

_FILE = "ingest/duties.toml"


class Duty(StrEnum):
    """What a department answers for (职责)."""

    LICENCE = RecordKind.LICENCE.value  # 行政许可: its records are complete and in time; so the next four
    PENALTY = RecordKind.PENALTY.value  # 行政处罚
    COERCION = RecordKind.COERCION.value  # 行政强制
    AWARD = RecordKind.AWARD.value  # 行政奖励
    INSPECTION = RecordKind.INSPECTION.value  # 行政监督检查
    PERMISSION_CATALOGUE = "permission_catalogue"  # 行政权限目录清单
    PORTAL_COLUMN = "portal_column"  # 门户网站专栏
    CREDIT_MODULE = "credit_module"  # 信用模块
    DATA_SHARING = "data_sharing"  # 数据共享清单每日核对
    ANOMALIES = "anomalies"  # 数据共享异常处理
    SUPPORT = "support"  # 配合


Duties = Mapping[str, frozenset[Duty]]
"""By department."""


@dataclass(frozen=True, slots=True)
class Packaged:
    """The table of the rule file, and where it was read."""

    duties: Duties
    counties: Mapping[str, str]
    """Department to division, of those that are a county's own."""
    source: Source


def parse_duties(data: Mapping[str, Any]) -> Packaged:
    """The table of one file, or `PackError` with entry and reason."""
    file = Table(_FILE, "file", data)
    found: dict[str, frozenset[Duty]] = {}
    for entry in file.tables("department"):
        name = entry.text("name")
        if name in found:
            raise entry.refuse(f"{name} stands there twice")
        found[name] = entry.choices("duties", Duty)
        entry.done()
    counties = _counties(file.table("counties"), found)
    source = file.source()
    file.done()
    return Packaged(found, counties, source)


FILE = RuleFile(_FILE, "services.ingest.duties.domain", parse_duties)

packaged = FILE.read
"""The table in force before anything was set over it."""


def _counties(entry: Table, found: dict[str, frozenset[Duty]]) -> dict[str, str]:
    """Adds the departments of the counties to those that were found."""
    named, duties = entry.text("named"), entry.choices("duties", Duty)
    check_placeholders(entry, "named", named, ("county",))
    city = entry.region("of")
    counties = {named.format(county=one.name): one.code for one in counties_of(city)}
    if not counties or len(counties) != len(counties_of(city)):
        raise entry.refuse(f"{city} has no counties, or named does not tell them apart: use {{county}} in it")
    entry.done()
    found.update(dict.fromkeys(counties, duties))
    return counties


def county_of(authority_code: str) -> str | None:
    """The division of the county whose authority this is, or None."""
    division = current_division_of(authority_code[2:8])
    return division.code if division and division.code in packaged().counties.values() else None


def in_force(changed: Duties) -> Duties:
    """What was set takes the place of the packaged duties of its department; a department without any is left out."""
    return {name: duties for name, duties in {**packaged().duties, **changed}.items() if duties}


def departments_with(duties: Duties, duty: Duty, county: str | None = None) -> tuple[str, ...]:
    """Those of the city; or that of the county, and of the city where the county's has this duty no more."""
    whose = packaged().counties
    having = sorted(name for name, theirs in duties.items() if duty in theirs)
    return tuple(name for name in having if whose.get(name) == county) or tuple(
        name for name in having if name not in whose
    )


def department_of(post: str, departments: Iterable[str]) -> str | None:
    """The department whose name a post (岗位) begins with: 科技和信息化处 数据管理岗. The longest of several."""
    return max((name for name in departments if post.startswith(name)), key=len, default=None)
