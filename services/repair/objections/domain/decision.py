"""What was decided about an objection, as it is proposed, stored and told."""

from typing import Self

from pydantic import Field, model_validator

from shared.contracts.base import Contract
from shared.contracts.events import Withdrawal
from shared.contracts.objections import CorrectedField, Reclassification
from shared.identifiers import mask_free_text
from shared.reasons import READABLE
from shared.vocabulary import Remedy


class WrongSanction(Contract):
    """A measure that rested on what was wrong (错误惩戒), and the unit that has to undo it."""

    measure: str = Field(min_length=1, max_length=200, pattern=READABLE)
    holder: str = Field(min_length=1, max_length=200, pattern=READABLE)


class Decision(Contract):
    """Upheld with exactly one remedy, or rejected with none. The reasons are told to the objector."""

    upheld: bool
    reason: str = Field(min_length=1, max_length=2000, pattern=READABLE)
    remedy: Remedy | None = None
    corrected: tuple[CorrectedField, ...] = Field(default=(), max_length=40)
    withdrawal: Withdrawal | None = None
    reclassification: Reclassification | None = None
    sanctions: tuple[WrongSanction, ...] = Field(default=(), max_length=50)

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        parts = {
            Remedy.CORRECT: bool(self.corrected),
            Remedy.WITHDRAW: self.withdrawal is not None,
            Remedy.RECLASSIFY: self.reclassification is not None and self.reclassification != Reclassification(),
        }
        filled = [remedy for remedy, given in parts.items() if given]
        if not self.upheld and (filled or self.remedy or self.sanctions):
            raise ValueError("a rejected objection has no remedy and undoes no sanction")
        if self.upheld and (self.remedy is None or filled != [self.remedy]):
            raise ValueError("an upheld objection has one remedy, and exactly the part that belongs to it is filled")
        if len({one.field for one in self.corrected}) < len(self.corrected):
            raise ValueError("a field is corrected twice")
        return self

    @property
    def masked(self) -> Self:
        """With numbers of persons masked in what explains it. A corrected value is judged like any row's."""
        stated = self.withdrawal
        if stated:
            stated = stated.model_copy(update={"statement_of_reasons": mask_free_text(stated.statement_of_reasons)})
        sanctions = tuple(
            WrongSanction(measure=mask_free_text(one.measure), holder=mask_free_text(one.holder))
            for one in self.sanctions
        )
        told = {"reason": mask_free_text(self.reason), "withdrawal": stated, "sanctions": sanctions}
        return self.model_copy(update=told)

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything that a person wrote freely."""
        return (
            self.reason,
            *(one.value for one in self.corrected),
            *((self.withdrawal.statement_of_reasons,) if self.withdrawal else ()),
            *(text for one in self.sanctions for text in (one.measure, one.holder)),
        )
