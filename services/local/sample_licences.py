"""Rows of the licence template (行政许可, `XK_*`) for the sample feed, as a bureau would send them."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from random import Random

from services.local import sample_words as words
from services.local.sample_days import Group, date_form, licence_end
from services.local.sample_subjects import Bureau, Row, SampleSubject
from shared.vocabulary import SubjectKind

SHARES = {Group.RECENT: 0.12, Group.ENDING: 0.07, Group.INVALID: 0.03}
"""The rest is `Group.RUNNING`."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """许可证书: its name, the word in the decision's number, the shapes of its own number and of its content."""

    name: str
    word: str
    number: str
    content: str


_PRODUCTION = Certificate(
    "安全生产许可证", "安许", "（苏{area}）WH安许证字〔{serial:05d}〕", "许可范围：危险化学品生产（{goods}）"
)
_TRADE = Certificate(
    "危险化学品经营许可证", "危化许", "苏（{area}）危化经字{serial:05d}", "经营方式：不带储存经营；许可范围：{goods}"
)
_FIREWORKS_RETAIL = Certificate(
    "烟花爆竹经营许可证", "烟许", "（苏{area}）YHLS{serial:05d}", "经营方式：零售；许可范围：C级、D级烟花爆竹产品"
)
_FIREWORKS_WHOLESALE = Certificate(
    "烟花爆竹经营许可证", "烟许", "（苏{area}）YHPF{serial:05d}", "经营方式：批发；许可范围：C级、D级烟花爆竹产品"
)


class LicenceRows:
    """Writes one row after the other and counts the document numbers of each bureau, kind and year."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._serials: Counter[tuple[str, str, int]] = Counter()

    def row(self, group: Group, day: date, bureau: Bureau, subjects: list[SampleSubject]) -> Row:
        rng = self._rng
        subject = rng.choice([one for one in subjects if one.trade in words.LICENSED_TRADES] or subjects)
        certificate = self._certificate(subject)
        serial = self._serial(bureau, certificate, day)
        form = date_form(rng.randrange(4))
        return {
            **subject.cells("XK"),
            "XK_XKWS": "准予行政许可决定书",
            "XK_WSH": f"（{bureau.area}）应急{certificate.word}〔{day.year}〕{serial}号",
            "XK_XKLB": "普通",
            "XK_XKZS": certificate.name,
            "XK_XKBH": certificate.number.format(area=bureau.area, serial=rng.randrange(100_000)),
            "XK_NR": certificate.content.format(goods="、".join(rng.sample(words.CHEMICALS, rng.randint(1, 4)))),
            "XK_JDRQ": form.format(day),
            "XK_YXQZ": form.format(day),
            "XK_YXQZI": form.format(licence_end(day)),
            "XK_XKJG": bureau.name,
            "XK_XKJGDM": bureau.code,
            "XK_ZT": "2" if group is Group.INVALID else "1",
            "XK_LYDW": bureau.name,
            "XK_LYDWDM": bureau.code,
            "BZ": "企业申请注销" if group is Group.INVALID else "",
        }

    def _certificate(self, subject: SampleSubject) -> Certificate:
        if subject.kind is SubjectKind.SOLE_TRADER:
            return _FIREWORKS_RETAIL if "烟花爆竹" in subject.trade else _TRADE
        return self._rng.choices((_PRODUCTION, _TRADE, _FIREWORKS_WHOLESALE), (5, 4, 1))[0]

    def _serial(self, bureau: Bureau, certificate: Certificate, day: date) -> int:
        key = (bureau.code, certificate.word, day.year)
        self._serials[key] += self._rng.randint(1, 2)
        return self._serials[key]
