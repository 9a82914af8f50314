"""What pages that anybody may read have in common: visitors get pages, never refusals made for programs."""

from typing import Annotated

from pydantic import BeforeValidator

from shared.sentences import Lang

VisitorsLang = Annotated[Lang, BeforeValidator(lambda said: "en" if said == "en" else "zh")]
"""The language that a visitor asked for; any other than the two is Chinese."""
