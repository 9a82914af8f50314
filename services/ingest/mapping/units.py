"""Amounts: the templates count in ten-thousands of yuan (万元), the house counts in yuan."""

from decimal import Decimal, InvalidOperation
from functools import lru_cache

_YUAN_IN_WAN = 10_000
_LARGEST = Decimal(10) ** 12


@lru_cache(maxsize=20_000)
def wan_to_yuan(text: str) -> Decimal | None:
    """Yuan with two decimals, or None when the text is no amount (negative, not finite, absurdly large)."""
    try:
        amount = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    if not amount.is_finite() or amount < 0 or amount > _LARGEST:
        return None
    return (amount * _YUAN_IN_WAN).quantize(Decimal("0.01"))
