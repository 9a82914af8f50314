"""The rule files (规则文件) of disclosure: every process and command of it checks them when it starts."""

from collections.abc import Sequence
from typing import Any

from services.disclosure.forms.domain.layout import FILE as LAYOUT
from services.disclosure.notices.library import FILE as LETTERS
from services.disclosure.statements.explain import FILE as STATEMENTS
from shared.rule_files import RuleFile

FILES: Sequence[RuleFile[Any]] = (LAYOUT, LETTERS, STATEMENTS)
