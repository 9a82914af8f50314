"""Bytes arrive in any number of requests, go on where the last one ended, and are nobody else's."""

import asyncio
import errno
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from services.ingest.imports.spool import Spool, SpoolFile
from services.ingest.imports.states import Origin
from services.ingest.imports.store import NewImport
from services.ingest.imports.tables import import_job
from services.ingest.imports.tidy import Tidier
from services.ingest.imports.upload import UploadDesk
from services.local.ports import LOOPBACK, free_ports
from shared.ids import new_id
from tests.support.imports import OCTETS, ImportHouse, csv_bytes, read_everything
from tests.support.rows import AUTHORITY, penalty
from tests.support.services import RunningService, running_service
from tests.support.web import served

CONTENT = csv_bytes([penalty(number) for number in range(1, 6)])


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[ImportHouse]:
    async with running_service(
        "ingest",
        database_url,
        tmp_path,
        {"authorities": [AUTHORITY]},
        max_body_bytes=1_000_000,
        import_max_bytes=2_000_000,
        import_uploads=2,
    ) as service:
        yield ImportHouse(service, tmp_path)


async def test_a_file_in_three_requests_is_whole_and_waits_for_a_reader(house: ImportHouse) -> None:
    announced = await house.announce(CONTENT)
    assert announced["state"] == "uploading"
    assert announced["upload"] == {
        "address": f"/v1/imports/{announced['import_id']}/content",
        "offset": 0,
        "largest_chunk": 1_000_000,
    }
    import_id = announced["import_id"]
    third = len(CONTENT) // 3
    assert (await house.send(import_id, 0, CONTENT[:third])).json()["upload"]["offset"] == third
    assert (await house.send(import_id, third, CONTENT[third : 2 * third])).json()["fraction"] < 1
    view = (await house.send(import_id, 2 * third, CONTENT[2 * third :])).json()
    assert (view["state"], view["upload"]) == ("waiting", None)
    file = house.spool / import_id
    assert file.read_bytes() == CONTENT
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(house.spool.stat().st_mode) == 0o700


async def test_a_spool_folder_that_stood_open_to_others_is_closed(house: ImportHouse) -> None:
    house.spool.mkdir(mode=0o755)
    house.spool.chmod(0o755)
    import_id = await house.upload(CONTENT)
    assert stat.S_IMODE(house.spool.stat().st_mode) == 0o700
    assert stat.S_IMODE((house.spool / import_id).stat().st_mode) == 0o600


async def test_an_upload_goes_on_where_a_crash_left_the_file_longer_than_what_was_noted(house: ImportHouse) -> None:
    import_id = (await house.announce(CONTENT))["import_id"]
    await house.send(import_id, 0, CONTENT[:100])
    with (house.spool / import_id).open("ab") as file:
        file.write(b"written, and never noted")
    assert (await house.look(import_id))["upload"]["offset"] == 100
    view = (await house.send(import_id, 100, CONTENT[100:])).json()
    assert view["state"] == "waiting"
    assert (house.spool / import_id).read_bytes() == CONTENT


async def test_a_spool_that_lost_bytes_sets_the_offset_back(house: ImportHouse) -> None:
    import_id = (await house.announce(CONTENT))["import_id"]
    await house.send(import_id, 0, CONTENT[:100])
    (house.spool / import_id).unlink()
    refused = await house.send(import_id, 100, CONTENT[100:])
    assert (refused.status_code, refused.json()["offset"]) == (409, 0)
    assert (await house.send(import_id, 0, CONTENT)).json()["state"] == "waiting"


async def test_what_arrived_before_a_connection_broke_is_kept(house: ImportHouse) -> None:
    import_id = (await house.announce(CONTENT))["import_id"]
    port = free_ports(1)[0]
    async with served((house.app(), port)):
        _, writer = await asyncio.open_connection(LOOPBACK, port)
        headers = house.service.headers() | {
            "Host": "creditsync.test",
            "Upload-Offset": "0",
            "Content-Type": OCTETS,
            "Content-Length": str(len(CONTENT)),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"PATCH /v1/imports/{import_id}/content HTTP/1.1\r\n{lines}\r\n".encode() + CONTENT[:200])
        await writer.drain()
        async with asyncio.timeout(60):
            while not (house.spool / import_id).exists():  # noqa: ASYNC110 - the request is not at its handler yet
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)
        writer.close()
        await writer.wait_closed()
        async with asyncio.timeout(60):
            while not (offset := (await house.look(import_id))["upload"]["offset"]):  # noqa: ASYNC110 - another task
                await asyncio.sleep(0.02)
    assert offset <= 200
    assert (await house.send(import_id, offset, CONTENT[offset:])).json()["state"] == "waiting"


class FullDisk(SpoolFile):
    """Writes the half of what comes first, then has no room; later there is room again."""

    appended: ClassVar[list[int]] = []

    def append(self, pieces: list[bytes]) -> None:
        self.appended.append(sum(map(len, pieces)))
        if len(self.appended) > 1:
            super().append(pieces)
            return
        super().append([piece[: len(piece) // 2] for piece in pieces])
        raise OSError(errno.ENOSPC, "no room")


class FullSpool(Spool):
    def open(self, import_id: str) -> SpoolFile:
        return FullDisk(super().open(import_id).file)


async def test_what_a_full_disk_took_the_half_of_is_never_written_behind_it(house: ImportHouse) -> None:
    content = b"0123456789" * 500_000

    async def body() -> AsyncIterator[bytes]:
        yield content

    database, clock, import_id = house.service.database, house.service.clock, new_id()
    desk = UploadDesk(database, clock, FullSpool(house.spool), len(content), 2, largest_chunk=len(content))
    async with house.service.work() as work:
        await desk.begin(work, NewImport(import_id, "a", None, Origin.UPLOAD, "a.csv", None, len(content), None))
    with pytest.raises(OSError, match="no room"):
        await desk.receive(import_id, "a", 0, body())
    appended = list(FullDisk.appended)
    FullDisk.appended.clear()
    assert appended == [len(content)]
    assert [row.received_bytes for row in await house.service.rows(import_job)] == [0]
    await replace(desk, spool=Spool(house.spool)).receive(import_id, "a", 0, body())
    assert (house.spool / import_id).read_bytes() == content


async def test_a_wrong_offset_is_told_the_right_one(house: ImportHouse) -> None:
    import_id = (await house.announce(CONTENT))["import_id"]
    await house.send(import_id, 0, CONTENT[:50])
    for wrong in (0, 49, 51):
        refused = await house.send(import_id, wrong, CONTENT[50:])
        assert refused.status_code == 409
        assert refused.json()["type"] == "urn:creditsync:problem:upload-offset"
        assert refused.json()["offset"] == 50


async def test_other_bytes_than_announced_are_refused_and_may_be_sent_again(house: ImportHouse) -> None:
    import_id = (await house.announce(CONTENT))["import_id"]
    other = CONTENT.replace("南通".encode(), "北通".encode())
    assert len(other) == len(CONTENT)
    refused = await house.send(import_id, 0, other)
    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:creditsync:problem:checksum-mismatch"
    assert (await house.look(import_id))["upload"]["offset"] == 0
    assert (await house.send(import_id, 0, CONTENT)).json()["state"] == "waiting"


async def test_more_bytes_than_announced_are_refused(house: ImportHouse) -> None:
    import_id = (await house.announce(CONTENT))["import_id"]
    refused = await house.send(import_id, 0, CONTENT + b"more")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:creditsync:problem:upload-offset")
    assert (await house.look(import_id))["state"] == "uploading"


async def test_a_stream_without_an_end_is_cut_where_the_announced_bytes_end(house: ImportHouse) -> None:
    import_id = (await house.announce(CONTENT))["import_id"]
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 50_000_000:
            sent += 64 * 1024
            yield b"x" * 64 * 1024

    headers = house.service.headers() | {"Upload-Offset": "0", "Content-Type": OCTETS}
    refused = await house.service.client.patch(f"/v1/imports/{import_id}/content", content=endless(), headers=headers)
    assert refused.status_code in (409, 413)
    assert sent < 5_000_000
    assert (house.spool / import_id).stat().st_size <= len(CONTENT)
    assert (await house.look(import_id))["state"] == "uploading"


WRONG_FORMS: list[dict[str, object]] = [
    {"size": 0},
    {"name": "../etc/名单.csv"},
    {"name": "a\nb.csv"},
    {"name": ""},
    {"sha256": "ABC"},
    {"kind": "unknown"},
    {"more": 1},
]


async def test_an_announcement_of_a_wrong_form_stores_nothing(house: ImportHouse) -> None:
    for changed in WRONG_FORMS:
        refused = await house.service.post("/v1/imports", {"name": "a.csv", "size": 10} | changed)
        assert refused.status_code == 422, changed
    assert (await house.service.counts())["import_job"] == 0


async def test_a_file_above_the_limit_is_refused_before_its_first_byte(house: ImportHouse) -> None:
    refused = await house.service.post("/v1/imports", {"name": "a.csv", "size": 5_000_000_000})
    assert (refused.status_code, refused.json()["limit"]) == (413, 2_000_000)


async def test_a_body_above_the_chunk_limit_is_refused_and_the_upload_goes_on(house: ImportHouse) -> None:
    content = CONTENT.ljust(1_500_000, b"\n")
    import_id = (await house.announce(content))["import_id"]
    assert (await house.send(import_id, 0, content)).status_code == 413
    offset = (await house.look(import_id))["upload"]["offset"]
    while offset < len(content):
        view = (await house.send(import_id, offset, content[offset : offset + 600_000])).json()
        offset = view["upload"]["offset"] if view["upload"] else len(content)
    assert view["state"] == "waiting"


async def test_a_client_has_a_limited_number_of_unfinished_uploads(house: ImportHouse) -> None:
    first = (await house.announce(CONTENT))["import_id"]
    await house.announce(CONTENT)
    refused = await house.service.post("/v1/imports", {"name": "a.csv", "size": 10})
    assert refused.status_code == 409
    cancelled = await house.service.client.delete(f"/v1/imports/{first}", headers=house.service.headers())
    assert cancelled.json()["state"] == "cancelled"
    await house.announce(CONTENT)


async def test_a_cancelled_upload_takes_nothing_more_and_its_file_is_removed(house: ImportHouse) -> None:
    import_id = (await house.announce(CONTENT))["import_id"]
    await house.send(import_id, 0, CONTENT[:100])
    gone = await house.service.client.delete(f"/v1/imports/{import_id}", headers=house.service.headers())
    assert (gone.status_code, gone.json()["state"]) == (200, "cancelled")
    assert (await house.send(import_id, 100, CONTENT[100:])).status_code == 409
    await tidier(house).tidy()
    assert not (house.spool / import_id).exists()


async def test_a_complete_file_cannot_be_cancelled(house: ImportHouse) -> None:
    import_id = await house.upload(CONTENT)
    refused = await house.service.client.delete(f"/v1/imports/{import_id}", headers=house.service.headers())
    assert (refused.status_code, refused.json()["state"]) == (409, "waiting")


async def test_another_clients_import_is_not_there(house: ImportHouse) -> None:
    import_id = (await house.announce(CONTENT))["import_id"]
    other = {"sub": "another-system"}
    for path in (f"/v1/imports/{import_id}", f"/v1/imports/{import_id}/verdicts"):
        assert (await house.service.get(path, **other)).status_code == 404
    assert (await house.send(import_id, 0, CONTENT, **other)).status_code == 404
    headers = house.service.headers(**other)
    assert (await house.service.client.delete(f"/v1/imports/{import_id}", headers=headers)).status_code == 404
    listed = (await house.service.get("/v1/imports?total=true", **other)).json()
    assert (listed["items"], listed["total"]["items"]) == ([], 0)
    assert (await house.service.get("/v1/imports?total=true")).json()["total"] == {"items": 1, "or_more": False}


async def test_an_announcement_that_is_repeated_makes_one_import(house: ImportHouse) -> None:
    body = {"name": "a.csv", "size": 10}
    first = await house.service.post("/v1/imports", body, key="same")
    again = await house.service.post("/v1/imports", body, key="same")
    assert first.json() == again.json()
    assert (await house.service.counts())["import_job"] == 1


async def test_the_list_finds_the_unfinished_upload_of_a_file_page_by_page(house: ImportHouse) -> None:
    view = await house.announce(CONTENT)
    await house.upload(CONTENT[:-1], name="b.csv")
    first = (await house.service.get("/v1/imports?limit=1")).json()
    assert [one["name"] for one in first["items"]] == ["b.csv"]
    second = (await house.service.get(f"/v1/imports?limit=1&cursor={first['next']}")).json()
    assert ([one["import_id"] for one in second["items"]], second["next"]) == ([view["import_id"]], None)
    found = (await house.service.get(f"/v1/imports?state=uploading&sha256={view['sha256']}")).json()
    assert [one["import_id"] for one in found["items"]] == [view["import_id"]]


async def test_an_upload_that_nobody_goes_on_with_is_given_up(house: ImportHouse) -> None:
    import_id = (await house.announce(CONTENT))["import_id"]
    await house.send(import_id, 0, CONTENT[:100])
    await tidier(house).tidy()
    assert (await house.look(import_id))["state"] == "uploading"
    await tidier(house, patience=timedelta()).tidy()
    assert (await house.look(import_id))["state"] == "cancelled"
    await tidier(house).tidy()
    assert not (house.spool / import_id).exists()


async def test_a_file_is_removed_as_soon_as_its_last_row_has_its_verdict(house: ImportHouse) -> None:
    import_id = await house.upload(CONTENT)
    await tidier(house).tidy()
    assert (house.spool / import_id).exists()
    await read_everything(house.room())
    (house.spool / "taken-by-a-crash").write_bytes(b"")
    await tidier(house).tidy()
    assert [entry.name for entry in house.spool.iterdir()] == ["taken-by-a-crash"]


def tidier(house: ImportHouse, patience: timedelta = timedelta(hours=24)) -> Tidier:
    service: RunningService = house.service
    return Tidier(service.database, service.clock, house.room().spool, patience)


async def test_who_audits_an_authority_sees_the_imports_of_all_its_clients_and_of_no_other(house: ImportHouse) -> None:
    import_id = await house.upload(CONTENT)
    address, client = f"/v1/imports/{import_id}", (await house.service.get("/v1/imports")).json()["items"][0]["client"]
    auditor = {"scope": "ingest:read audit:read", "sub": "auditor"}

    async def listed(**claims: Any) -> list[str]:
        answer = await house.service.get("/v1/imports?every=true", **claims)
        assert answer.status_code == 200, answer.text
        return [one["client"] for one in answer.json()["items"]]

    for authorities in ([AUTHORITY], ["*"], [AUTHORITY, "11320000MB1518123X"]):
        assert await listed(**auditor, authorities=authorities) == [client]
        assert (await house.service.get(address, **auditor, authorities=authorities)).status_code == 200
    assert await listed(**auditor, authorities=["11320000MB1518123X"]) == []
    assert (await house.service.get(address, **auditor, authorities=["11320000MB1518123X"])).status_code == 404
    assert (await house.service.get(f"{address}/verdicts", **auditor, authorities=[AUTHORITY])).status_code == 200
    plain = {"scope": "ingest:read", "sub": "other"}
    assert (await house.service.get("/v1/imports?every=true", **plain)).status_code == 403
    assert (await house.service.get(address, **plain)).status_code == 404
    assert (await house.service.get("/v1/imports", **auditor)).json()["items"] == []
