"""The only place that makes identifiers.

UUID version 7 (RFC 9562) as 32 hexadecimal digits: they grow with time, so that new rows land at the end of an
index instead of all over it.
"""

import os
import time


def new_id() -> str:
    """A fresh identifier, 32 lower-case hexadecimal digits."""
    milliseconds = time.time_ns() // 1_000_000
    noise = int.from_bytes(os.urandom(10))
    value = (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | (noise >> 68) << 64 | 0b10 << 62 | noise & (1 << 62) - 1
    return f"{value:032x}"
