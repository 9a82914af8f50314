"""Who appears in the sample feed: the bureaus that decide, and invented companies, sole traders and persons.

No code can belong to anybody: organisation codes begin with YL, which nobody was ever given, and citizen numbers lie
in a division that does not exist. Serves G12.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

from services.local import sample_words as words
from shared.identifiers import cities, counties_of, is_citizen_number, with_check_digit
from shared.vocabulary import CHINESE_SUBJECT_KINDS, SubjectKind

Row = dict[str, str]
"""One row as a bureau sends it: every cell is text."""

_NANTONG = "320600"
_NO_DIVISION = "329999"  # Jiangsu's codes end with 3213xx
_COMPANIES_PER_BUREAU = 27
_SHOPS_PER_BUREAU = 6
_KIND_NAMES = {kind: name for name, kind in CHINESE_SUBJECT_KINDS.items()}
_SUBJECT_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714


@dataclass(frozen=True, slots=True)
class Bureau:
    """应急管理局: `area` opens its document numbers, `town` its companies' names."""

    code: str
    name: str
    division: str
    area: str
    town: str


@dataclass(frozen=True, slots=True)
class SampleSubject:
    """行政相对人; a person has an `id_number` instead of a `uscc`."""

    kind: SubjectKind
    name: str
    trade: str = ""
    uscc: str = ""
    representative: str = ""
    id_number: str = ""

    def cells(self, prefix: str) -> Row:
        """The subject's columns of a template (`CF` or `XK`)."""
        return {
            f"{prefix}_XDR_MC": self.name,
            f"{prefix}_XDR_LB": _KIND_NAMES[self.kind],
            f"{prefix}_XDR_SHXYM": self.uscc,
            f"{prefix}_FRDB": self.representative,
            f"{prefix}_XDR_ZJLX": "身份证" if self.id_number else "",
            f"{prefix}_XDR_ZJHM": self.id_number,
        }


@cache
def bureaus() -> tuple[Bureau, ...]:
    """The bureaus of the thirteen cities and of Nantong's counties; zones have no national code and no bureau here."""
    counties = [county for county in counties_of(_NANTONG) if county.code.isdigit()]
    places = [(city.code, city.name, city.name) for city in cities()]
    places += [(one.code, f"南通市{one.name}" if one.name.endswith("区") else one.name, one.name) for one in counties]
    return tuple(
        Bureau(_code("11", division, number), f"{place}应急管理局", division, words.AREAS[division], name[:-1])
        for number, (division, place, name) in enumerate(places, start=1)
    )


def subjects_by_bureau(rng: Random) -> dict[str, list[SampleSubject]]:
    """Companies and sole traders of each bureau's area, by the bureau's code. No name and no code occurs twice."""
    each = _COMPANIES_PER_BUREAU + _SHOPS_PER_BUREAU
    total = each * len(bureaus())
    brands = iter(rng.sample([one + two for one in words.BRAND_FIRST for two in words.BRAND_SECOND], total))
    numbers = iter(rng.sample(range(1_000, 1_000_000), total))
    return {
        bureau.code: [
            (_company if position < _COMPANIES_PER_BUREAU else _shop)(rng, bureau, next(brands), next(numbers))
            for position in range(each)
        ]
        for bureau in bureaus()
    }


def person(rng: Random, on: date) -> SampleSubject:
    """A natural person who is of age on the day."""
    name = f"{rng.choice(words.SURNAMES)}样例"
    return SampleSubject(SubjectKind.NATURAL_PERSON, name, id_number=citizen_number(rng, on))


def citizen_number(rng: Random, on: date) -> str:
    """A number with a right check digit that can belong to nobody."""
    born = on - timedelta(days=rng.randint(20 * 366, 60 * 365))
    stem = f"{_NO_DIVISION}{born:%Y%m%d}{rng.randint(1, 999):03d}"
    return next(stem + digit for digit in "0123456789X" if is_citizen_number(stem + digit))


def _company(rng: Random, bureau: Bureau, brand: str, number: int) -> SampleSubject:
    trade = rng.choice(words.COMPANY_TRADES)
    pattern = "样例{brand}（{town}）{trade}有限公司" if rng.random() < 0.15 else "{town}样例{brand}{trade}有限公司"
    name = pattern.format(town=bureau.town, brand=brand, trade=trade)
    uscc = _code("91", bureau.division, number)
    return SampleSubject(SubjectKind.LEGAL_PERSON, name, trade, uscc, _representative(rng))


def _shop(rng: Random, bureau: Bureau, brand: str, number: int) -> SampleSubject:
    trade = rng.choice(words.SHOP_TRADES)
    uscc = _code("92", bureau.division, number)
    return SampleSubject(SubjectKind.SOLE_TRADER, f"{bureau.town}样例{brand}{trade}", trade, uscc, _representative(rng))


def _representative(rng: Random) -> str:
    return f"{rng.choice(words.SURNAMES)}样{rng.choice(words.GIVEN)}"


def _code(prefix: str, division: str, number: int) -> str:
    stem = f"YL{number:06d}"
    total = sum(int(sign, 36) * weight for sign, weight in zip(stem, _SUBJECT_WEIGHTS, strict=True))
    return with_check_digit(prefix + division + stem + "0X987654321"[total % 11])
