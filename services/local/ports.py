"""Finds free TCP ports on loopback.

It never reserves a port: between the answer and its use another process could take it.
"""

import random
import socket

LOOPBACK = "127.0.0.1"
# Below the range from which Linux (32768-60999) and macOS (49152-65535) take the ports of outgoing connections:
# a server that comes back after a restart must not find its port in use by some client's connection.
_CANDIDATES = range(15_000, 32_000)
_ATTEMPTS = 200


def free_ports(count: int) -> list[int]:
    """Different loopback ports on which nobody listens, for one server that needs several."""
    found: set[int] = set()
    for candidate in random.SystemRandom().sample(_CANDIDATES, _ATTEMPTS):
        if len(found) == count:
            break
        if _is_free(candidate):
            found.add(candidate)
    if len(found) < count:
        raise OSError(f"found {len(found)} of {count} free ports on {LOOPBACK} in {_ATTEMPTS} attempts")
    return sorted(found)


def free_port() -> int:
    """A loopback port on which nobody listens."""
    return free_ports(1)[0]


def is_listening(port: int) -> bool:
    """Whether somebody accepts connections on a loopback port."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
