"""Which day a period of the law is counted from (起算日), and which of these days a kind of rule may name.

A closed vocabulary: what a text of the law says differently has no name here, and its pack is refused. Serves G03.
"""

from enum import StrEnum


class CountFrom(StrEnum):
    """The day that opens a period; it is itself not counted, unless the packs answer otherwise (R01)."""

    DECISION = "decision"  # 作出决定之日
    DISCLOSURE = "disclosure"  # 公示之日: the day on which the record was first submitted for display
    LISTING = "listing"  # 列入之日
    PUBLICATION = "publication"  # 公布之日
    APPLICATION = "application"  # 原申请列入之日


OF_RECORDS = frozenset({CountFrom.DECISION, CountFrom.DISCLOSURE})
"""The starts that the rules of records know."""

OF_LIST_RULES = frozenset({CountFrom.LISTING, CountFrom.PUBLICATION})
"""Those that the rules of list entries know."""

OF_LIST_TRANSITIONS = frozenset({CountFrom.APPLICATION})
"""Those of a transition of list entries."""
