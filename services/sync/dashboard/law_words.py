"""What the law in force is called where a sentence of a service names it by identifier: text and class, for people.

The identifier stays as small print, since it is what a lawyer looks up in the packs. It decides nothing; what is not
among the packs in force stays as it is.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from services.sync.dashboard.reading import Reading
from services.sync.dashboard.texts import Lang, word

Named = Callable[[str], Markup]
_TERMS = {"closes": "maximum", "repair_from": "minimum"}


def named_law(policy: Reading, lang: Lang) -> Named:
    """A function that puts names in place of identifiers of rules; in English the identifiers stand."""
    names = law_names(policy.data["documents"], lang) if policy.ok and lang == "zh" else {}
    pattern = re.compile("|".join(re.escape(one) for one in sorted(names, key=len, reverse=True)) or r"(?!)")

    def named(sentence: str) -> Markup:
        parts, at = [], 0
        for found in pattern.finditer(sentence):
            parts += [escape(sentence[at : found.start()]), _name(names[found.group()], found.group())]
            at = found.end()
        return Markup("").join([*parts, escape(sentence[at:])])

    return named


def law_names(documents: Iterable[Mapping[str, Any]], lang: Lang) -> dict[str, str]:
    """Each document by its name, and each of its rules by name and class."""
    names: dict[str, str] = {}
    for one in documents:
        names[one["document_id"]] = one["name"]
        names |= {rule["rule_id"]: f"{one['name']}·{_class(rule, lang)}" for rule in one["classes"]}
    return names


def stated_terms(policy: Reading) -> Callable[[Mapping[str, Any]], str | None]:
    """A function that gives the term (ISO 8601) that the rule of a day states: the longest display for the last day,
    the shortest for the first day of repair. Of days that other packs counted it knows nothing."""
    documents, version = (policy.data["documents"], policy.data["version"]) if policy.ok else ((), None)
    rules = {rule["rule_id"]: rule for one in documents for rule in one["classes"]}

    def term_of(day: Mapping[str, Any]) -> str | None:
        rule = rules.get(day["rule_id"]) if day["pack_version"] == version else None
        return rule[_TERMS[day["what"]]] if rule and day["what"] in _TERMS else None

    return term_of


def standings(publications: Iterable[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], Sequence[str]]]:
    """Publications that stand alike once, with the audiences of which that holds, in the order in which they came."""
    alike: dict[tuple[Any, Any], tuple[Mapping[str, Any], list[str]]] = {}
    for one in publications:
        alike.setdefault((one["state"], one["severity"]), (one, []))[1].append(one["audience"])
    return list(alike.values())


def _class(rule: Mapping[str, Any], lang: Lang) -> str:
    if rule["severity"]:
        return word(lang, "severity", rule["severity"])
    return word(lang, "rule_class", str(rule["rule_id"]).rpartition("/")[2])


def _name(name: str, identifier: str) -> Markup:
    return Markup('{} <small class="muted">{}</small>').format(name, identifier)
