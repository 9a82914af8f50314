"""What pages that anybody may read have in common: visitors get pages, never refusals made for programs."""

from typing import Annotated

from fastapi import Query
from pydantic import BeforeValidator

from shared.sentences import Lang

VisitorsLang = Annotated[
    Lang,
    BeforeValidator(lambda said: "en" if said == "en" else "zh"),
    Query(description="zh or en; anything else is zh."),
]
"""The language that a visitor asked for."""
