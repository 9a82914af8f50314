"""How a visitor's text is looked for: as a code, a document number, the beginning of a name, or within it."""

import re
from dataclasses import dataclass
from enum import StrEnum

from services.disclosure.domain.keys import document_key, name_key
from shared.identifiers import normalise_code

LEAST_SIGNS = 2
MOST_SIGNS = 100
_CODE = re.compile("[0-9A-Z]{18}")
_NUMBER = re.compile(r"\(20[0-9]{2}\)|[0-9]号$")
_LAST_SIGN = 0x10FFFF


class By(StrEnum):
    """What is searched. `AUTO` chooses by the look of the text."""

    AUTO = "auto"
    NAME = "name"  # 名称, from its beginning
    CODE = "code"  # 统一社会信用代码
    DOCUMENT = "document"  # 决定文书号
    CONTAINS = "contains"  # 名称中包含, among the newest records only
    NEWEST = "newest"  # everything, newest decision first


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for: the kind and the normalised key."""

    by: By
    key: str


def read_search(text: str, by: By) -> Search | None:
    """The search that a text means; None when it has too few or too many signs to be one."""
    key = name_key(text)
    if not key and by in (By.AUTO, By.NEWEST):
        return Search(By.NEWEST, "")
    if not LEAST_SIGNS <= len(key) <= MOST_SIGNS:
        return None
    chosen = _chosen(text) if by is By.AUTO else by
    if chosen is By.CODE:
        return Search(By.CODE, normalise_code(text))
    if chosen is By.DOCUMENT:
        number = document_key(text)
        return Search(By.DOCUMENT, number) if number else None
    return Search(chosen, key if chosen is not By.NEWEST else "")


def end_of(prefix: str) -> str | None:
    """The first text, in the order of code points, that does not begin with the prefix and comes after all that do."""
    for at in range(len(prefix) - 1, -1, -1):
        following = ord(prefix[at]) + 1
        if 0xD800 <= following <= 0xDFFF:
            following = 0xE000
        if following <= _LAST_SIGN:
            return prefix[:at] + chr(following)
    return None


def _chosen(text: str) -> By:
    if _CODE.fullmatch(normalise_code(text)):
        return By.CODE
    return By.DOCUMENT if _NUMBER.search(document_key(text)) else By.NAME
