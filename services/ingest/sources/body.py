"""How an entry of the source map is given, over HTTP and at a terminal."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.ingest.domain.findings import Weight
from services.ingest.sources.set_systems import Systems
from shared.vocabulary import RecordKind

_MOST_CLIENTS = 20


class SourceEntryBody(BaseModel):
    """The systems (clients) that are authoritative for a kind, of one authority or, without one, of all that have no
    entry of their own. `others` is what a row of another system gets. No client removes the entry."""

    model_config = ConfigDict(extra="forbid")
    kind: RecordKind
    authority_code: Annotated[str, Field(max_length=40)] | None = None
    clients: Annotated[list[Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,120}$")]], Field(max_length=_MOST_CLIENTS)]
    others: Literal["warning", "quarantine"] = "warning"
    reason: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]

    def systems(self) -> Systems:
        return Systems(self.kind, self.authority_code, self.clients, Weight(self.others))
