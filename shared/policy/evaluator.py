"""`evaluate` for many records: the same windows, with courses and dates shared between records that are judged alike.

Two bounded caches, because a register of a million records holds only some thousand different courses. Keeps no clock
and changes no result; a property test holds it to `evaluate`. Serves G03.
"""

from bisect import bisect_right
from datetime import date

from shared.policy.conditions import has_usable_fine
from shared.policy.course import Course
from shared.policy.evaluate import courses_of, outlines_of, windows_of
from shared.policy.model import Facts, Window
from shared.policy.outline import Outline
from shared.policy.pack import Packs

_Key = tuple[object, ...]
_Numbered = tuple[int, tuple[Course, ...]]


class Evaluator:
    """Evaluates against one set of packs. `limit` bounds each cache; a full cache is emptied."""

    def __init__(self, packs: Packs, limit: int = 100_000) -> None:
        self.packs = packs
        self._limit = limit
        self._tiers = sorted(packs.settings.fine_tiers.values())
        self._courses: dict[_Key, _Numbered] = {}
        self._numbers: dict[tuple[Course, ...], int] = {}
        self._outlines: dict[_Key, tuple[Outline, ...]] = {}
        self._regions: dict[str, str | None] = {}

    def evaluate(self, facts: Facts, as_of: date) -> tuple[Window, ...]:
        course_key = self._course_key(facts, as_of)
        number, courses = self._courses.get(course_key) or self._settle(course_key, facts, as_of)
        key = (number, facts.decided_on, facts.valid_until)
        outlines = self._outlines.get(key)
        if outlines is None:
            outlines = outlines_of(courses, facts, self.packs)
            if len(self._outlines) >= self._limit:
                self._outlines.clear()
            self._outlines[key] = outlines
        return windows_of(outlines, facts, self.packs, as_of)

    def _settle(self, key: _Key, facts: Facts, as_of: date) -> _Numbered:
        """Courses with their number. Different facts often share a course; equal ones get the same number."""
        if len(self._courses) >= self._limit:
            self._courses.clear()
            self._numbers.clear()
            self._outlines.clear()
        courses = courses_of(facts, self.packs, as_of)
        number = self._numbers.setdefault(courses, len(self._numbers))
        self._courses[key] = (number, courses)
        return number, courses

    def _course_key(self, facts: Facts, as_of: date) -> _Key:
        """All that a condition can see, with the dates reduced to their era and the fine to its tier."""
        valid_until = facts.valid_until
        return (
            facts.kind,
            self.packs.era(facts.decided_on),
            self.packs.era(as_of),
            facts.subject_kind,
            self._region(facts.authority_region),
            facts.penalty_types,
            self._tier(facts),
            facts.procedure,
            facts.accident_related,
            facts.list_conditions,
            facts.serious_by_law,
            None if valid_until is None else valid_until < facts.decided_on,
            facts.licence_valid,
            facts.subject_under_18,
            facts.secret,
            facts.milder_confirmed,
        )

    def _region(self, authority_region: str) -> str | None:
        if authority_region in self._regions:
            return self._regions[authority_region]
        if len(self._regions) >= self._limit:
            self._regions.clear()
        region = self._regions[authority_region] = self.packs.region_of(authority_region)
        return region

    def _tier(self, facts: Facts) -> int | None:
        """How many tiers the fine reaches; None without a fine, -1 for one that is no amount."""
        if facts.fine is None:
            return None
        return bisect_right(self._tiers, facts.fine) if has_usable_fine(facts) else -1
