"""Rows of the penalty template (行政处罚, `CF_*`) for the sample feed, as a bureau would send them."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from services.local import sample_violations as violations
from services.local import sample_words as words
from services.local.sample_days import Group, date_form, penalty_end
from services.local.sample_subjects import Bureau, Row, SampleSubject, person
from services.local.sample_violations import Violation

SHARES = {Group.RECENT: 0.13, Group.ENDING: 0.08, Group.OVERDUE: 0.25, Group.SERIOUS: 0.06}
"""The rest is `Group.RUNNING`."""

_PERSONS = 0.025
_YUAN_IN_WAN = 10_000
_POOLS = (
    violations.ORDINARY, violations.CAUTIONS, violations.HEAVY, violations.CONFISCATIONS, violations.SUSPENSIONS,
)  # fmt: skip
_POOL_WEIGHTS = (74, 12, 7, 4, 3)
_LICENCES = ("安全生产许可证", "危险化学品经营许可证")


class PenaltyRows:
    """Writes one row after the other and counts the document numbers of each bureau and year."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._serials: Counter[tuple[str, int]] = Counter()

    def row(self, group: Group, day: date, bureau: Bureau, subjects: list[SampleSubject]) -> Row:
        rng = self._rng
        subject = rng.choice(subjects)
        unit = subject.name
        personal = group is not Group.ENDING and group is not Group.SERIOUS and rng.random() < _PERSONS
        if personal:
            subject = person(rng, day)
        violation = rng.choice(violations.PERSONAL if personal else self._pool(group))
        until = penalty_end(day, group)
        form = date_form(rng.randrange(4))
        return {
            **subject.cells("CF"),
            "CF_WSH": self._document_number(bureau, day),
            "CF_WFXW": violation.name,
            "CF_SY": self._facts(violation, bureau, unit, day),
            "CF_YJ": violation.sanction,
            **self._penalty(violation),
            "CF_JDRQ": form.format(day),
            "CF_YXQ": form.format(until),
            "CF_GSJZQ": form.format(until) if rng.random() < 0.3 else "",
            "CF_CFJG": bureau.name,
            "CF_CFJGDM": bureau.code,
            "CF_SJLY": bureau.name,
            "CF_SJLYDM": bureau.code,
            "BZ": "",
        }

    def _pool(self, group: Group) -> tuple[Violation, ...]:
        if group is Group.SERIOUS:
            return violations.SERIOUS
        if group is Group.ENDING:
            return violations.ORDINARY
        return self._rng.choices(_POOLS, _POOL_WEIGHTS)[0]

    def _document_number(self, bureau: Bureau, day: date) -> str:
        self._serials[bureau.code, day.year] += self._rng.randint(1, 3)
        return f"（{bureau.area}）应急罚〔{day.year}〕{self._serials[bureau.code, day.year]}号"

    def _facts(self, violation: Violation, bureau: Bureau, unit: str, day: date) -> str:
        rng = self._rng
        seen = day - timedelta(days=rng.randint(15, 75))
        detail = violation.facts.format(
            people=rng.randint(1, 12), months=rng.randint(2, 14), year=seen.year, post=rng.choice(words.POSTS),
            place=rng.choice(words.PLACES), device=rng.choice(words.DEVICES), work=rng.choice(words.WORKS),
        )  # fmt: skip
        opening = f"{seen.year}年{seen.month}月{seen.day}日，{bureau.name}执法人员对{unit}现场检查时发现"
        return f"{opening}：{detail}。以上事实违反了{violation.duty}的规定。"

    def _penalty(self, violation: Violation) -> Row:
        """Kinds, content and amounts, which agree with one another."""
        rng = self._rng
        types = rng.choice(violation.penalties)
        fine = rng.choice(violation.fines) if "罚款" in types else ""
        gains = f"{rng.randint(5, 95) / 10:g}" if "没收" in types else ""
        licence = rng.choice(_LICENCES) if "许可证件" in types else ""
        sentences = {
            "罚款": f"罚款人民币{_yuan(fine)}元",
            "没收违法所得": f"没收违法所得人民币{_yuan(gains)}元",
            "暂扣许可证件": f"暂扣{licence}{rng.randint(1, 6)}个月",
            "吊销许可证件": f"吊销{licence}",
            "责令停产停业": "责令停产停业整顿",
        }
        return {
            "CF_CFLB": types,
            "CF_NR": "；".join(sentences.get(one, one) for one in types.split(";")) + "。",
            "CF_NR_FK": fine,
            "CF_NR_WFFF": gains,
            "CF_NR_ZKDX": f"{licence}，编号样例{rng.randint(1, 99_999):05d}" if licence else "",
        }


def _yuan(wan: str) -> str:
    return f"{Decimal(wan or 0) * _YUAN_IN_WAN:.0f}"
