"""From which mark a new round begins: some way back, because rows may have been committed late there.

A mark says nothing of itself; only when it was reached is known. Pure.
"""

import json
from datetime import datetime, timedelta

MOST_MARKS = 50


def start_of_round(trail: str, mark: str, now: datetime, overlap: timedelta) -> str:
    """The newest mark that was reached before the overlap began, or the oldest that is remembered."""
    old = [at for at in json.loads(trail) if datetime.fromisoformat(at[1]) <= now - overlap]
    if old:
        return str(old[-1][0])
    marks = json.loads(trail)
    return str(marks[0][0]) if marks else mark


def with_mark(trail: str, mark: str, now: datetime, overlap: timedelta) -> str:
    """The trail with one more mark; of those before the overlap only the newest is of use."""
    marks = [at for at in json.loads(trail) if at[0] != mark]
    old = [at for at in marks if datetime.fromisoformat(at[1]) <= now - overlap]
    kept = old[-1:] + marks[len(old) :] + [[mark, now.isoformat()]]
    return json.dumps(kept[-MOST_MARKS:], ensure_ascii=False)
