"""A background process has one door: its health and its metrics."""

import asyncio
from pathlib import Path

import httpx

from services import house
from services.issuer import ensure_identity
from services.local.ports import free_port


async def test_a_background_process_answers_health_and_metrics_on_its_probe_port(tmp_path: Path) -> None:
    given = {"data_dir": tmp_path, "probe_port": free_port(), "metrics_public": True}
    ensure_identity(tmp_path)
    await asyncio.to_thread(house.migrate, given)
    stop = asyncio.Event()
    working = asyncio.create_task(house.work_for_service("repair", given, stop))

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{given['probe_port']}", trust_env=False) as probe:
        answers = [await _patiently(probe, path) for path in ("/health/alive", "/health/ready", "/health/fresh")]
        metrics = (await probe.get("/metrics")).text
    stop.set()
    await working

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "outbox_oldest_age_seconds" in metrics


async def _patiently(probe: httpx.AsyncClient, path: str) -> httpx.Response:
    for _ in range(100):
        try:
            return await probe.get(path)
        except httpx.ConnectError:
            await asyncio.sleep(0.1)
    raise AssertionError(f"{path} never answered")
