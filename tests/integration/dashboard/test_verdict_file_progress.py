"""The verdict file of an import comes with a bar: the dashboard hands on the frames that ingest makes."""

from pathlib import Path
from typing import Any

import pytest

from services.accounts.roles import Role
from shared.counted_frames import FRAMED, Sort, frame, last_frame
from tests.support.dashboard import Asgi, answering, dashboard_house

IMPORT = "b" * 32
FRAMES = frame("行号\r\n1\r\n".encode(), 1, 2, Sort.EXACT) + frame(b"2\r\n", 2, 2, Sort.EXACT) + last_frame(2)
ONE = {
    "import_id": IMPORT, "client": "person", "name": "a.csv", "state": "done", "fraction": 1, "rows": 2,
    "rows_per_second": None, "remaining_seconds": 0, "reason": None, "notes": [], "kind": "penalty", "size": 20,
    "file_format": "csv", "encoding": "utf-8", "sha256": None, "created_at": "2026-11-01T00:00:00Z",
    "finished_at": "2026-11-01T00:00:00Z", "counts": {"admitted": 1, "quarantined": 1}, "upload": None,
}  # fmt: skip


async def ingest(scope: Any, _receive: Any, send: Any) -> None:
    """Frames for who accepts them, and the bare file for everyone else."""
    asked = dict(scope["headers"]).get(b"accept", b"").decode()
    kind, body = (FRAMED, FRAMES) if asked == FRAMED else ("text/csv", b"\xef\xbb\xbf1\r\n2\r\n")
    disposition = b'attachment; filename="b.verdicts.csv"'
    headers = [(b"content-type", kind.encode()), (b"content-disposition", disposition)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@answering
def pages(path: str, _query: str) -> Any:
    return ONE if path.endswith(IMPORT) else {"items": [ONE], "next": None}


@pytest.mark.parametrize("form", ["csv", "xlsx", "ndjson"])
async def test_the_script_of_the_page_is_given_frames_and_everyone_else_the_file(tmp_path: Path, form: str) -> None:
    async with dashboard_house(tmp_path, {"ingest": ingest}) as house:
        house.person("person", Role.OPERATOR)
        await house.sign_in("person")
        path = f"/imports/{IMPORT}/verdicts.{form}"
        framed = await house.browser.get(path, headers={"Accept": FRAMED})
        bare = await house.browser.get(path)
    assert (framed.headers["content-type"], framed.content) == (FRAMED, FRAMES)
    assert "content-encoding" not in framed.headers and 'filename="b.verdicts.csv"' in str(framed.headers)
    assert bare.content.startswith(b"\xef\xbb\xbf1")


@pytest.mark.parametrize("path", ["/imports", f"/imports/{IMPORT}"])
async def test_every_link_to_a_verdict_file_lies_where_the_script_finds_its_words(tmp_path: Path, path: str) -> None:
    services: dict[str, Asgi] = {"ingest": pages}
    async with dashboard_house(tmp_path, services) as house:
        house.person("person", Role.OPERATOR)
        await house.sign_in("person")
        text = (await house.browser.get(path)).text
    links = [one.partition(">")[0] for one in text.split("<a ")[1:] if "/verdicts." in one.partition(">")[0]]
    assert links and all("data-export" in one for one in links)
    assert text.index("data-rows=") < text.index("/verdicts.")
