"""Passes over one JSON value without building it, piece by piece, so that a row too long or too deep to be read costs
itself and not its neighbours. It goes by the structure alone; what stands in texts and numbers is not looked at.
"""

import re

_DEEPEST = 1_000_000
_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"[-+.0-9A-Za-z]+")
_END_OF_TEXT = re.compile(r'["\\]')
_CLOSES = {"}": ord("{"), "]": ord("[")}

# What may come next.
_VALUE, _FIRST_VALUE, _KEY, _FIRST_KEY, _COLON, _COMMA = range(6)


class NoStructure(ValueError):
    """The signs of the value do not belong together, so nobody can tell where it ends."""


class Skim:
    """Is given consecutive pieces of text from the first sign of the value on."""

    def __init__(self) -> None:
        self._open = bytearray()
        self._next = _VALUE
        self._in_text = self._in_scalar = self._is_escaped = False

    def over(self, text: str, at: int) -> int | None:
        """Where the value ends; None when the piece ends before. Raises `NoStructure`."""
        while at < len(text):
            if self._in_text:
                at = self._through_text(text, at)
            elif self._in_scalar:
                at = self._through_scalar(text, at)
            else:
                at = self._structure(text, at)
            if self._next == _COMMA and not self._open and not self._in_text and not self._in_scalar:
                return at
        return None

    def _through_text(self, text: str, at: int) -> int:
        if self._is_escaped:
            self._is_escaped = False
            return at + 1
        found = _END_OF_TEXT.search(text, at)
        if found is None:
            return len(text)
        if found[0] == "\\":
            self._is_escaped = True
        else:
            self._in_text = False
        return found.end()

    def _through_scalar(self, text: str, at: int) -> int:
        found = _SCALAR.match(text, at)
        end = found.end() if found else at
        self._in_scalar = end == len(text)
        return end

    def _structure(self, text: str, at: int) -> int:
        space = _SPACE.match(text, at)
        at = space.end() if space else at
        if at < len(text):
            self._take(text[at])
        return at if self._in_scalar else at + 1

    def _take(self, sign: str) -> None:
        expected = self._next
        if expected in (_KEY, _FIRST_KEY) and sign == '"':
            self._in_text, self._next = True, _COLON
        elif expected == _COLON and sign == ":":
            self._next = _VALUE
        elif expected == _COMMA and sign == "," and self._open:
            self._next = _KEY if self._open[-1] == ord("{") else _VALUE
        elif sign in _CLOSES and self._may_close(sign):
            self._open.pop()
            self._next = _COMMA
        elif expected in (_VALUE, _FIRST_VALUE):
            self._begin(sign)
        else:
            raise NoStructure

    def _may_close(self, sign: str) -> bool:
        first = _FIRST_KEY if sign == "}" else _FIRST_VALUE
        return self._next in (_COMMA, first) and bool(self._open) and self._open[-1] == _CLOSES[sign]

    def _begin(self, sign: str) -> None:
        if sign in "{[":
            if len(self._open) == _DEEPEST:
                raise NoStructure
            self._open += sign.encode()
            self._next = _FIRST_KEY if sign == "{" else _FIRST_VALUE
        elif sign == '"' or _SCALAR.match(sign):
            self._in_text, self._in_scalar = sign == '"', sign != '"'
            self._next = _COMMA
        else:
            raise NoStructure
