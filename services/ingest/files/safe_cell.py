"""The one place that makes a text harmless for a spreadsheet that opens an exported CSV.

Texts are kept as they came; only on the way out a leading sign that would start a formula gets an apostrophe before
it. Workbooks need none: their writer stores texts as texts (`strings_to_formulas` off).
"""

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(text: str) -> str:
    """The text as it may stand in an exported CSV. Spaces before the sign are looked through, as spreadsheets do."""
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) or text.lstrip().startswith(_STARTS_A_FORMULA) else text
