"""The sentence and the advice of each fault of a row, in one place so that they stay alike. None repeats a cell."""

from collections.abc import Mapping

from services.ingest.files.table import Fault, FaultCode, SourceRow

_AGAIN = "Export the row anew from the system that it comes from and send it again."

TEXTS: Mapping[FaultCode, tuple[str, str]] = {
    FaultCode.CUT_ROW: (
        "The row has {found} cells where the header has {wanted}; it was cut off or lost a separator.",
        "Send the whole row again; empty cells at the end need their separators too.",
    ),
    FaultCode.SURPLUS_CELLS: (
        "The row has {found} cells where the header has {wanted}; a separator within a text has moved the cells.",
        "Put texts that hold the separator in quotes, or send an XLSX.",
    ),
    FaultCode.BROKEN_QUOTES: (
        "A quotation mark is not closed where its cell ends, or an unquoted cell holds a line end.",
        'Quote cells that hold line ends, write a quotation mark inside a quoted cell twice (""), or send an XLSX.',
    ),
    FaultCode.UNDECODABLE: (
        "The row holds bytes that are neither UTF-8 nor GB18030, or both mixed within the row.",
        "Save the file in one encoding, UTF-8 at best, and send the row again.",
    ),
    FaultCode.LOST_CHARACTERS: (
        "The row holds signs that stand for lost characters; a conversion before us has destroyed them.",
        _AGAIN,
    ),
    FaultCode.CONTROL_CHARACTERS: (
        "The row holds {found} control characters; {limit} are corrected silently, more are a sign of damage.",
        _AGAIN,
    ),
    FaultCode.ROW_TOO_LONG: (
        "The row is longer than {limit} bytes.",
        "Look for a missing line end before it, or shorten its texts.",
    ),
    FaultCode.CELL_TOO_LONG: ("The cell is longer than {limit} characters.", "Shorten the text."),
    FaultCode.LOST_DIGITS: (
        "A spreadsheet has turned the number in this cell into a rounded one; its last digits are lost.",
        "Format the column as text, enter the whole number anew and send the row again.",
    ),
    FaultCode.FORMULA_WITHOUT_VALUE: (
        "The cell holds a formula whose result was never computed.",
        "Open the workbook in a spreadsheet program and save it, or replace the formula by its value.",
    ),
    FaultCode.ERROR_VALUE: (
        "The cell holds an error value or no value that the workbook knows.",
        "Mend the formula or write the value itself.",
    ),
    FaultCode.NOT_A_ROW: (
        "This is no JSON object with one value a column.",
        "Write each row as one object: column name to text, number, true, false or null.",
    ),
    FaultCode.DOUBLED_FIELD: ("The row gives this column twice.", "Give each column once."),
    FaultCode.NESTED_VALUE: (
        "The value is a list or an object; a cell holds one text or number.",
        "Write several values as one text, joined by a semicolon.",
    ),
    FaultCode.BROKEN_ARRAY: (
        "The array is broken here: {why}. The rows around are whole, and one may be missing.",
        "Compare the rows around this line with what was to be sent, and send the row that is missing, if any.",
    ),
    FaultCode.REST_UNREADABLE: (
        "From here on the file cannot be read ({why}); rows after this place have no verdict.",
        "Send the rows from this place on again, in a whole file.",
    ),
}


ADVICE: Mapping[str, str] = {code.value: advice for code, (_, advice) in TEXTS.items()}
"""The advice of each code, for who knows a fault by its code alone."""


def fault(code: FaultCode, column: str = "", **values: object) -> Fault:
    """A fault with the values that its sentence needs."""
    sentence, advice = TEXTS[code]
    return Fault(code, column, sentence.format(**values), advice)


def rest_unreadable(number: int, sheet: str | None, line: int, why: str) -> SourceRow:
    """The last row of a file that cannot be read to its end."""
    return SourceRow(number, sheet, line, {}, (fault(FaultCode.REST_UNREADABLE, why=why),))
