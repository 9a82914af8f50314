"""What a service said against something, in the reader's language (问题说明): sentence, advice, faults of fields;
and what is the matter with a portal.

A problem is English on the wire, with a stable type. Its sentence is told by `texts/problems.toml`, its advice by its
type; what neither knows stands in English, marked as such, behind what the type means.
"""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import NamedTuple

from services.sync.dashboard.reading import Reading
from services.sync.dashboard.texts import Lang, catalogue, word
from shared.errors import Problem
from shared.sentences import Sentences, in_language, listed

_WORDS = (
    "application", "step", "import", "quarantine", "run", "objection", "objecting", "about", "entry", "list_action",
    "kind", "portal", "service", "severity",
)  # fmt: skip
"""Values that are words of the vocabulary: a name in a sentence is the group of words."""


class Said(NamedTuple):
    """`sentence` and `advice` for the reader; `english` is what could not be told in his language."""

    sentence: str
    advice: str
    english: str = ""


def said_by(lang: Lang, problem: Reading | Problem) -> Said:
    """What a service answered, or the dashboard itself refuses."""
    if isinstance(problem, Problem):
        return _said(lang, problem.kind.slug, problem.detail, problem.kind.advice)
    return _said(lang, problem.kind, problem.detail, problem.advice)


def field_fault(lang: Lang, reason: object) -> str:
    """Why one field of a form was refused."""
    return in_language(str(reason or ""), lang, problem_sentences(), trouble_sentences())


def trouble(lang: Lang, text: str | None) -> str:
    """What is the matter with a portal or an address, several things joined by `; `; a portal's own words stay."""
    if not text or lang == "en":
        return text or ""
    several = text.split("; ")
    told = [in_language(one, lang, trouble_sentences()) for one in several]
    return trouble_sentences().in_chinese(text) or ("；".join(told) if told != several else text)


@cache
def problem_sentences() -> Sentences:
    """The sentences of all services that a page may have to show."""
    words: Mapping[str, Callable[[str], str]] = {group: partial(word, "zh", group) for group in _WORDS}
    smaller: Mapping[str, Callable[[str], str]] = {
        "why": _why,
        "reason": partial(trouble, "zh"),
        "choices": _choices,
        "queues": listed,
        "papers": listed,
    }
    return _of_file("problems.", {**words, **smaller})


@cache
def trouble_sentences() -> Sentences:
    """Why something could not be sent or read (故障说明)."""
    return _of_file("troubles.", {"why": partial(trouble, "zh")})


def _of_file(start: str, within: Mapping[str, Callable[[str], str]]) -> Sentences:
    texts = {key.removeprefix(start): text for key, text in catalogue().items() if key.startswith(start)}
    return Sentences({key: (text["en"], text["zh"]) for key, text in texts.items()}, within)


def _said(lang: Lang, kind: str, detail: str, advice: str) -> Said:
    if lang == "en" or not kind:
        return Said(detail, advice)
    told = problem_sentences().in_chinese(detail)
    todo = word(lang, "problem_advice", kind)
    if told is None:
        return Said(word(lang, "problem", kind), todo, detail)
    return Said(told, todo)


def _why(text: str) -> str:
    return problem_sentences().in_chinese(text) or text


def _choices(text: str) -> str:
    return listed(text.replace("'", ""))
