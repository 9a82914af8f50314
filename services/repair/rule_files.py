"""The rule files (规则文件) of repair: every process and command of it checks them when it starts."""

from collections.abc import Sequence
from typing import Any

from services.repair.applications.domain.rules import FILE as PROCEDURE
from services.repair.materials.book import FILE as PAPERS
from services.repair.materials.forget import FILE as RETENTION
from services.repair.notices.domain.compose import FILE as NOTICES
from services.repair.objections.domain.rules import FILE as OBJECTIONS
from shared.rule_files import RuleFile

FILES: Sequence[RuleFile[Any]] = (PROCEDURE, PAPERS, RETENTION, NOTICES, OBJECTIONS)
