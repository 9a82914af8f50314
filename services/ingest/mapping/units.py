"""Amounts: the templates count in ten-thousands of yuan (万元), the house counts in yuan."""

import re
from decimal import Decimal
from functools import lru_cache

_YUAN_IN_WAN = 10_000
# A comma may only part thousands: "1,5" could mean 1.5 or 15, and a wrong fine makes a wrong window.
_FORM = re.compile(r"(?:[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(?:\.[0-9]{1,20})?")


@lru_cache(maxsize=20_000)
def wan_to_yuan(text: str) -> Decimal | None:
    """Yuan with two decimals, or None when the text is no plain amount (a sign, an exponent, absurdly large)."""
    if not _FORM.fullmatch(text):
        return None
    return (Decimal(text.replace(",", "")) * _YUAN_IN_WAN).quantize(Decimal("0.01"))


def plain_yuan(text: str) -> Decimal | None:
    """The same for a column whose header says 元."""
    return Decimal(text.replace(",", "")).quantize(Decimal("0.01")) if _FORM.fullmatch(text) else None
