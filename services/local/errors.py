"""What can go wrong when a private server is wanted.

Each error is one or two sentences for a person: what is missing or broken, and what to do about it.
"""


class ServerMissing(RuntimeError):
    """The server's programs are not on this machine; the message says how to get them."""


class ServerFailed(RuntimeError):
    """The server is installed but did not come up; the message ends with the last lines of its log."""
