"""The rule files (规则文件) of ingest: every process and command of it checks them when it starts."""

from collections.abc import Sequence
from typing import Any

from services.ingest.domain.limits import FILE as LIMITS
from services.ingest.domain.weights import FILE as WEIGHTS
from services.ingest.duties.domain.duty import FILE as DUTIES
from services.ingest.identity.domain.rule import FILE as IDENTITY
from services.ingest.mapping.dates import FILE as DATES
from shared.rule_files import RuleFile

FILES: Sequence[RuleFile[Any]] = (LIMITS, WEIGHTS, DUTIES, IDENTITY, DATES)
