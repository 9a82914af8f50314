"""Why an order waits for a person, and what one can do about each cause. Pure words, no state."""

SKIPPED = "skipped"
NOT_OBEYED = "not_obeyed"

_REFUSED = (
    "The portal refused these orders with this code. Mend the record at its source (a change frees the order by "
    "itself) or the mapping, then retry; amend words that this portal alone does not take; skip what shall never be "
    "sent."
)
_ADVICE = {
    SKIPPED: "A person set these orders aside. They stay red; retry takes them up again.",
    "unreadable": "The stored content of these orders cannot be read, so nothing was sent. Have the source tell the "
    "record again; a newer order frees it by itself.",
    "adapter_failed": "The adapter itself failed on these orders again and again; the log names the error. Mend the "
    "adapter or the record, then retry.",
    NOT_OBEYED: "The portal said that it took these orders and shows something else after every repetition. "
    "Ask the portal's operator, then retry.",
}


def advice(cause: str) -> str:
    """One sentence: what to do about the orders of this cause."""
    return _ADVICE.get(cause, _REFUSED)
