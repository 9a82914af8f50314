"""Which errors say that the database is away, locked or shutting down, and pass by themselves.

Everything else is our own fault and stays what it is: a file that our code does not find inside a transaction is no
reason to come again later.
"""

import errno
import ssl
from socket import gaierror, herror

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.database.lookup import is_gone

_NETWORK = (ConnectionError, TimeoutError, gaierror, herror, ssl.SSLError)
# What connecting fails with besides. The last are a Unix socket that is missing, forbidden or busy, and a firewall.
_NETWORK_NUMBERS = frozenset(
    {
        errno.ENETDOWN,
        errno.ENETUNREACH,
        errno.ENETRESET,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.EADDRNOTAVAIL,
        errno.ENOBUFS,
        errno.ENOTCONN,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOENT,
        errno.EACCES,
        errno.EAGAIN,
        errno.EPERM,
    }
)
_OF_SEVERAL_ADDRESSES = ("Multiple exceptions", "getaddrinfo()")
"""With these words asyncio tells, without a number, that none of a host's addresses could be reached."""

# SQLSTATE classes: connection lost, transaction undone by a deadlock, too many clients or no memory, and starting up
# or shutting down. Each passes by itself.
_AWAY_STATES = ("08", "40", "53", "57P")


def is_unavailable(error: BaseException) -> bool:
    """Whether an error says that the database is away, locked or shutting down, and not that we asked wrongly."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or _says_it_is_away(error)
    if isinstance(error, OSError):
        return _is_of_the_network(error)
    return isinstance(error, PoolTimeout) or is_gone(error) or _passes(error)


def _is_of_the_network(error: OSError) -> bool:
    """Who opens a file is told its name; a socket has none."""
    if isinstance(error, _NETWORK):
        return True
    if error.errno is None:
        return str(error).startswith(_OF_SEVERAL_ADDRESSES)
    return error.filename is None and error.errno in _NETWORK_NUMBERS


def _says_it_is_away(error: DBAPIError) -> bool:
    """SQLite calls a missing table operational too; only its own words tell the two apart.

    asyncpg's errors reach us as plain `DBAPIError`; there the SQLSTATE tells.
    """
    if "sqlite" in type(error.orig).__module__:
        return any(word in str(error.orig) for word in ("locked", "unable to open", "disk", "readonly"))
    known = isinstance(error, OperationalError | InterfaceError) or _passes(error.orig)
    return known or (error.orig is not None and is_gone(error.orig.__cause__ or error.orig))


def _passes(error: BaseException | None) -> bool:
    return str(getattr(error, "sqlstate", None) or "").startswith(_AWAY_STATES)
