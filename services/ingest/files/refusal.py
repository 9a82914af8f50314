"""Why a whole file is not read: a reason for programs, a sentence and an advice for people."""

from enum import StrEnum

from shared.errors import CreditsyncError


class Refusal(StrEnum):
    """Reasons, stable for programs."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_A_TABLE = "not_a_table"
    OLD_SPREADSHEET = "old_spreadsheet"
    OTHER_SPREADSHEET = "other_spreadsheet"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    UNSAFE = "unsafe"
    UNKNOWN_ENCODING = "unknown_encoding"
    NO_HEADER = "no_header"
    DOUBLED_COLUMNS = "doubled_columns"
    AMBIGUOUS_KIND = "ambiguous_kind"
    OTHER_KIND = "other_kind"
    TOO_MANY_COLUMNS = "too_many_columns"
    TOO_SLOW = "too_slow"


class FileRefused(CreditsyncError):
    """The file cannot be read at all. Raised while it is opened, never after the first row."""

    def __init__(self, reason_code: Refusal, sentence: str, advice: str) -> None:
        super().__init__(sentence)
        self.reason_code = reason_code
        self.sentence = sentence
        self.advice = advice
