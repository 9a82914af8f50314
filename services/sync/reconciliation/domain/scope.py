"""Which part of a portal a run is about: everything, one division, one kind of record, or both.

Pure. A mark of one scope also holds for every narrower one, and never for a wider one (guarantee G07).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """Empty means all. `district` is a division code; one of a city or a province covers the divisions in it."""

    district: str = ""
    kind: str = ""

    @property
    def whole(self) -> bool:
        return not self.district and not self.kind

    @property
    def district_prefix(self) -> str:
        """What the division codes of the scope begin with."""
        code = self.district
        while len(code) > 2 and code.isdecimal() and code.endswith("00"):
            code = code[:-2]
        return code

    def covers(self, other: "Scope") -> bool:
        """Whether everything of the other scope is also in this one."""
        district = other.district.startswith(self.district_prefix)
        return district and self.kind in ("", other.kind)
