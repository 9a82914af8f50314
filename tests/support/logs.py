"""Catches what a process would write to its log, and leaves logging as it was."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from shared.observability.logging import configure


@contextmanager
def logged_lines(log_format: str, level: str = "info") -> Iterator[io.StringIO]:
    """The stream into which lines of this format go."""
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, old_level = list(root.handlers), root.level
    configure(log_format, level, stream)
    try:
        yield stream
    finally:
        root.handlers, root.level = handlers, old_level
        structlog.reset_defaults()
