"""How a file's content is refused, and how the checks read it: a few bytes at a place, never more than asked."""

import os
from typing import BinaryIO


class ContentRefused(Exception):
    """A file is not what may be taken: a stable code and a sentence without anything out of the file."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def truncated(kind: str) -> ContentRefused:
    return ContentRefused("truncated", f"The {kind} file stops before its end. Send it again as a whole.")


def surplus(kind: str) -> ContentRefused:
    return ContentRefused("surplus", f"Bytes follow the end of the {kind} file. Save the document anew.")


def size_of(file: BinaryIO) -> int:
    return file.seek(0, os.SEEK_END)


def read_at(file: BinaryIO, offset: int, size: int) -> bytes:
    """At most so many bytes from this place on."""
    file.seek(offset)
    return file.read(size)
