"""What comparing a list with our records can find, and where a comparison stands."""

from enum import StrEnum


class FindingOutcome(StrEnum):
    """One row of the list, or one record of ours."""

    MATCHED = "matched"  # 一致
    DIFFERING = "differing"  # 内容不一致
    PROPOSED = "proposed"  # 疑似同一, a person decides
    MISSING_HERE = "missing_here"  # 名单有、本方无
    MISSING_THERE = "missing_there"  # 本方有、名单无


class ComparisonState(StrEnum):
    """The steps of a comparison, in their order."""

    ENTRIES = "entries"
    LEFTOVERS = "leftovers"
    OURS = "ours"
    DONE = "done"
