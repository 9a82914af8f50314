"""`answers.toml`, parsed: every question answered once, by a value that is built, with citation and confidence.

Refuses what it does not understand, and says why where only one answer is available. Serves G03.
"""

import re

from shared.policy.answers import (
    QUESTIONS,
    Answer,
    Answers,
    AtMaximum,
    CutEnd,
    LastDay,
    OlderDecisions,
    Question,
    ReachedRepair,
    RepairMinimum,
    StartDay,
)
from shared.policy.periods import Arithmetic
from shared.policy.table import Table
from shared.vocabulary import RegistryStatus

ANSWERS_FILE = "answers.toml"
_QUESTION_OF_THE_LAW = re.compile(r"[ABGQR]\d\d", re.ASCII)


def parse_answers(table: Table) -> Answers:
    stated = {name: _answer(name, entry) for name, entry in table.named_tables("answer").items()}
    if unanswered := [name for name in QUESTIONS if name not in stated]:
        raise table.refuse(f"no answer {', '.join(unanswered)}: every question needs one")
    table.done()
    chosen = {name: answer.values[0] for name, answer in stated.items()}
    return Answers(
        arithmetic=Arithmetic(
            start_counts=chosen["start_day"] == StartDay.INCLUDED,
            last_day_counts=chosen["last_day"] == LastDay.INCLUSIVE,
        ),
        reached_repair_dates=ReachedRepair(chosen["reached_repair_dates"]),
        repair_minimum=RepairMinimum(chosen["repair_minimum"]),
        cut_end=CutEnd(chosen["cut_end"]),
        older_decisions=OlderDecisions(chosen["older_decisions"]),
        unperformed_at_maximum=AtMaximum(chosen["unperformed_at_maximum"]),
        abnormal_statuses=frozenset(RegistryStatus(one) for one in stated["abnormal_statuses"].values),
        stated=tuple(stated[name] for name in QUESTIONS),
    )


def _answer(name: str, table: Table) -> Answer:
    question = QUESTIONS.get(name)
    if question is None:
        raise table.refuse(f"unknown question {name!r}; known: {', '.join(QUESTIONS)}")
    answer = Answer(
        answer_id=name,
        settles=_settles(table),
        question=table.text("question"),
        question_zh=table.text("question_zh"),
        values=_values(question, table),
        source=table.source(),
    )
    table.done()
    return answer


def _settles(table: Table) -> tuple[str, ...]:
    settles = table.texts("settles", ())
    if odd := [one for one in settles if not _QUESTION_OF_THE_LAW.fullmatch(one)]:
        raise table.refuse(f"settles: {', '.join(odd)} is no question of the law such as Q22 or R01")
    return settles


def _values(question: Question, table: Table) -> tuple[str, ...]:
    values = table.texts("value") if question.many else (table.text("value"),)
    if not values or len(set(values)) != len(values):
        raise table.refuse("value must name at least one value and none twice")
    for value in values:
        if value not in question.values:
            because = f", because {question.why_only}" if question.why_only else ""
            raise table.refuse(f"value: {value!r} is none of {', '.join(question.values)}{because}")
    return values
