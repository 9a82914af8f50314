"""One renewal for all tabs: a provider may accept a refresh token only once, and twenty tabs come at one moment."""

import asyncio
import hashlib
from collections import OrderedDict

from services.sync.dashboard.session import Session
from services.sync.dashboard.sign_in.provider import Provider

_REMEMBERED = 1_000


class Renewals:
    """Renews each session once, and gives the same result to whoever still comes with the former token."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._made: OrderedDict[bytes, asyncio.Task[Session]] = OrderedDict()

    async def renewed(self, session: Session) -> Session:
        """Raises `SignInNeeded` when the provider gives none, and `Unavailable` when it does not answer."""
        name = hashlib.sha256((session.refresh_token or "").encode()).digest()
        task = self._made.get(name)
        if task is None or _is_spent(task, session):
            task = self._made[name] = asyncio.create_task(self._provider.renewed(session))
            while len(self._made) > _REMEMBERED:
                self._made.popitem(last=False)
        return await asyncio.shield(task)


def _is_spent(task: asyncio.Task[Session], session: Session) -> bool:
    """Whether what is remembered brings nothing: it failed, or it is what the session has. A refresh token that works
    once is never brought twice, also where the fresh token ends when the former does, as at the end of a sign-in."""
    if not task.done():
        return False
    if task.cancelled() or task.exception():
        return True
    fresh = task.result()
    return fresh.refresh_token == session.refresh_token and fresh.token_ends_at <= session.token_ends_at
