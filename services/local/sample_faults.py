"""Deliberate mistakes of the sample feed: faults that must be quarantined, and oddities that must be corrected.

A fault spoils exactly one thing, so that exactly one check stops the row. Serves the demonstration of G02.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from random import Random

from services.local.sample_days import licence_end
from services.local.sample_subjects import Row, citizen_number

Change = Callable[[Random, Row, date], Row]
"""Gives the cells to change; none when the row does not lend itself to this mistake."""

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
_HALF_WIDTH_BRACKETS = str.maketrans("（）〔〕", "()[]")


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake and the code of the check that finds it."""

    name: str
    code: str
    change: Change


def _bad_check_digit(prefix: str, rng: Random, row: Row, _today: date) -> Row:
    uscc = row[f"{prefix}_XDR_SHXYM"]
    return {f"{prefix}_XDR_SHXYM": uscc[:17] + rng.choice("0123456789".replace(uscc[17], ""))} if uscc else {}


def _future_decision(columns: tuple[str, ...], rng: Random, _row: Row, today: date) -> Row:
    day = today + timedelta(days=rng.randint(1, 20))
    *begins, ends = columns
    return {**dict.fromkeys(begins, day.isoformat()), ends: licence_end(day).isoformat()}


def _two_digit_year(column: str, _rng: Random, row: Row, _today: date) -> Row:
    return {column: row[column][2:]}


def _fine_missing(_rng: Random, row: Row, _today: date) -> Row:
    return {"CF_NR_FK": ""} if row["CF_NR_FK"] else {}


def _citizen_number_in(column: str, rng: Random, row: Row, today: date) -> Row:
    return {column: f"{row[column]}现场负责人居民身份证号{citizen_number(rng, today)}。"}


def _summary_procedure(_rng: Random, row: Row, _today: date) -> Row:
    return {"CF_WSH": row["CF_WSH"].replace("应急罚", "应急罚当")}


def _missing(columns: Sequence[str], rng: Random, _row: Row, _today: date) -> Row:
    return {rng.choice(columns): ""}


def _unknown_penalty_kind(_rng: Random, row: Row, _today: date) -> Row:
    return {"CF_CFLB": f"{row['CF_CFLB']};责令限期改正"}


PENALTY_FAULTS = (
    Fault("bad check digit", "V02", partial(_bad_check_digit, "CF")),
    Fault("future decision", "V06", partial(_future_decision, ("CF_JDRQ", "CF_YXQ"))),
    Fault("two-digit year", "V11", partial(_two_digit_year, "CF_JDRQ")),
    Fault("fine missing", "V07", _fine_missing),
    Fault("citizen number in the facts", "V13", partial(_citizen_number_in, "CF_SY")),
    Fault("summary procedure", "V14", _summary_procedure),
    Fault("required cell empty", "V01", partial(_missing, ("CF_WFXW", "CF_SY", "CF_YJ", "CF_NR", "CF_YXQ", "CF_SJLY"))),
    Fault("unknown penalty kind", "V01", _unknown_penalty_kind),
)

LICENCE_FAULTS = (
    Fault("bad check digit", "V02", partial(_bad_check_digit, "XK")),
    Fault("future decision", "V06", partial(_future_decision, ("XK_JDRQ", "XK_YXQZ", "XK_YXQZI"))),
    Fault("two-digit year", "V11", partial(_two_digit_year, "XK_JDRQ")),
    Fault("citizen number in the content", "V13", partial(_citizen_number_in, "XK_NR")),
    Fault("required cell empty", "V01", partial(_missing, ("XK_XKWS", "XK_XKLB", "XK_NR", "XK_LYDW"))),
)


def oddity(prefix: str, rng: Random, row: Row) -> Row:
    """One harmless irregularity of writing, as the cells to change."""
    name, uscc, number, decided = (f"{prefix}_{column}" for column in ("XDR_MC", "XDR_SHXYM", "WSH", "JDRQ"))
    odd: list[Row] = [
        {name: row[name].replace("样例", "样例 ")},
        {name: f" {row[name]} "},
        {number: row[number].translate(_HALF_WIDTH_BRACKETS)},
        {number: row[number].translate(_FULL_WIDTH)},
        {decided: row[decided].translate(_FULL_WIDTH)},
    ]
    return rng.choice([*odd, {uscc: row[uscc].translate(_FULL_WIDTH)}] if row[uscc] else odd)
