"""Silence: a simulation breaks things by the thousand, and every one of them would be a line of log."""

import logging

import structlog


def quiet() -> None:
    """Let nothing be logged in this process below a critical fault."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL), cache_logger_on_first_use=False
    )
    logging.getLogger().setLevel(logging.CRITICAL)
