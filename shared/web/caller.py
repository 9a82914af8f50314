"""Who calls, what the token allows, and for which authorities. A value; how it was established is `verifier.py`.

Serves G15: one authority cannot touch another's records.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.errors import FOREIGN_AUTHORITY, Problem

EVERY_AUTHORITY = "*"
"""Only for a source that speaks for all, such as the provincial platform; it must stand in the token as such."""

EVERY_SUBJECT = "*"
"""Only for a site that identifies the companies itself and speaks for each of them."""

_NAMED = 20


@dataclass(frozen=True, slots=True)
class Caller:
    """The client behind a verified token."""

    client_id: str
    scopes: frozenset[str]
    authorities: frozenset[str]
    subjects: frozenset[str] = frozenset()  # 行政相对人, for whom an applicant speaks

    def speaks_for(self, subject_key: str) -> bool:
        return subject_key in self.subjects or EVERY_SUBJECT in self.subjects

    def may_write_for(self, authority_code: str) -> bool:
        return authority_code in self.authorities or EVERY_AUTHORITY in self.authorities

    def must_write_for(self, *authority_codes: str) -> None:
        """Raise the problem that lists the authorities, of those given, for which the caller may not write."""
        foreign = self.foreign(authority_codes)
        if foreign:
            raise Problem(
                FOREIGN_AUTHORITY,
                "The token does not name these authorities.",
                authorities=sorted(foreign)[:_NAMED],
            )

    def foreign(self, authority_codes: Iterable[str]) -> set[str]:
        """Those of the authorities for which the caller may not write; one set operation for a whole batch."""
        return set() if EVERY_AUTHORITY in self.authorities else set(authority_codes) - self.authorities
