"""One stream of log lines for everything: our own events and those of the libraries.

Our own are a constant event name with data as fields: `log.info("take_down_ordered", record_id=…)`. Errors are
logged as their type and the places they passed, without their text, because texts quote values (guarantee G12).
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from shared.observability.redaction import redact

_TELLING = ("aiosqlite", "asyncpg", "sqlalchemy.engine", "sqlalchemy.pool")
"""Libraries that write values of statements into their debug lines; no level of ours may let them (guarantee G12)."""

_NOISY = ("httpx", "httpcore", "asyncio", "sqlalchemy", "aio_pika", "aiormq", "uvicorn", "alembic")
_FRAMES = 12


def configure(log_format: str, level: str, stream: TextIO | None = None) -> None:
    """Set up logging for this process. `log_format` is `json` or `console`; lines go to standard error.

    Libraries are heard from `warning` on, unless the level is `debug`: their usual lines say nothing to an operator.
    """
    console = log_format == "console"
    chain: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        *([] if console else [describe_error]),
        redact,
    ]
    structlog.configure(
        processors=[*chain, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    _route_standard_library(_formatter(console, chain), level, stream or sys.stderr)


def configure_for_a_command() -> None:
    """Logging of a command that a person has started: standard output holds its result alone, trouble stands beside."""
    configure("console", "warning")


def _formatter(console: bool, chain: list[Any]) -> logging.Formatter:
    last: Any = (
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
        if console
        else structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder(), *chain],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
    )


def _route_standard_library(formatter: logging.Formatter, level: str, stream: TextIO) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for library in _NOISY:
        logger = logging.getLogger(library)
        logger.handlers = []
        logger.propagate = True
        logger.setLevel(level.upper() if level == "debug" else logging.WARNING)
    for library in _TELLING:
        logging.getLogger(library).setLevel(logging.WARNING)


def describe_error(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: `exc_info` becomes the chain of error types and the last places in code."""
    given = entry.pop("exc_info", None)
    if not given:
        return entry
    error = _error_of(given)
    if error is not None:
        entry["error"] = " < ".join(_chain(error))
        entry["at_code"] = [
            f"{frame.filename.rpartition('/site-packages/')[2]}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        ]
    return entry


def _error_of(given: Any) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    found = given[1] if isinstance(given, tuple) else sys.exc_info()[1]
    return found if isinstance(found, BaseException) else None


def _chain(error: BaseException) -> list[str]:
    names: list[str] = []
    current: BaseException | None = error
    while current is not None and len(names) < _FRAMES:
        names.append(type(current).__qualname__)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return names
