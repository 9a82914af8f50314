"""What ingest says of rows and files, in the reader's language. What is stored is English and told anew by its values.

It decides nothing; a sentence that no catalogue knows, such as one of a later release, stays as it is.
"""

from services.ingest.domain.check_words import CHECK_WORDS
from services.ingest.files.fault_words import FAULT_WORDS
from services.ingest.files.file_words import ADVICE_WORDS, FILE_WORDS
from shared.identifiers.words import IDENTIFIER_WORDS
from shared.sentences import Lang, in_language


def finding_in(lang: Lang, message: str) -> str:
    """Why a row was stopped or remarked upon (核验说明)."""
    return in_language(message, lang, CHECK_WORDS, IDENTIFIER_WORDS, FAULT_WORDS)


def of_file_in(lang: Lang, sentence: str) -> str:
    """What was noticed about a file, or why it was not read (文件说明)."""
    return in_language(sentence, lang, FILE_WORDS)


def advice_in(lang: Lang, advice: str) -> str:
    """What the sender can do (处理建议)."""
    return in_language(advice, lang, ADVICE_WORDS)
