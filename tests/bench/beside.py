"""Case `beside` (P6, P8): what a point read costs while other work goes on. Records of ingest while batches are
admitted by the same process; publications of disclosure while a sweep ends a million windows."""

import json
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from services.disclosure.take_down import EXPIRED_AT_ONCE
from shared.web.server import run
from tests.bench.fill import FIRST_END, fill_publications
from tests.bench.house import BenchHouse
from tests.bench.load import finish_load, start_load, warm_up
from tests.bench.measure import Figures, Sizes, demand
from tests.bench.places import Place, settle
from tests.bench.processes import CHECKOUT
from tests.bench.reads import CONNECTIONS, Loads, multiplied, read_all, read_at_once
from tests.bench.rows import write_rows

_DAYS = 10
_SHARE = 10
_ROWS = 60_000
_WARM_UP_ROWS = 4_000
"""However small the run: what is admitted beside the reads must last longer than they do."""

_READER = "law-officer"
_BEGIN_SECONDS = 1.0
"""The other work is under way by then: a process has started and connected."""


def beside(place: Place, sizes: Sizes) -> Figures:
    rows = max(sizes.rows, _ROWS)
    many = replace(place, rows_file=str(place.folder / "rows-beside.ndjson"))
    write_rows(Path(many.rows_file), rows + _WARM_UP_ROWS)
    house, sizes = BenchHouse.built(many), replace(sizes, rows=rows)
    return _beside_admission(house, place, sizes) | _beside_a_sweep(house, place, sizes)


def _beside_admission(house: BenchHouse, place: Place, sizes: Sizes) -> Figures:
    """One process answers both, as in the goals."""
    known = sizes.register // _SHARE
    with house.running("serve", "ingest"):
        batches = warm_up(house.load(sizes.rows, run="beside"))
        run(multiplied(house, known))
        settle(place)
        given = house.load(1, run="read", connections=CONNECTIONS)
        alone = read_all(Loads(given, place.folder, "/v1/records/", sizes.reads)(known))
        half = Loads(given, place.folder, "/v1/records/", sizes.reads // 2)(known)
        admission = start_load(batches)
        time.sleep(_BEGIN_SECONDS)
        together = read_at_once(half)
        demand(admission.poll() is None, "admission ended before the reads beside it")
        finish_load(admission)
    return {
        "reads_per_s": alone["reads_per_s"],
        "p99_ms": alone["p99_ms"],
        "beside_admission_per_s": together["reads_per_s"],
        "beside_admission_p99_ms": together["p99_ms"],
    }


def _beside_a_sweep(house: BenchHouse, place: Place, sizes: Sizes) -> Figures:
    """All windows are over at once, ten times what the goals end, so that the sweep lasts longer than the reads."""
    run(_filled(house, sizes.windows))
    settle(place)
    with house.running("serve", "disclosure"):
        port, token = int(house.settings["disclosure_port"]), house.token(_READER)
        given = replace(house.load(1, run="read", connections=CONNECTIONS), port=port, token=token)
        loads = Loads(given, place.folder, "/v1/records/", sizes.reads // 2, "/publications")
        alone = read_all(loads(sizes.windows // 3))
        last = FIRST_END + timedelta(days=_DAYS)
        command = ["tests.support.sweeper", house.database_url("disclosure"), last.isoformat(), str(EXPIRED_AT_ONCE)]
        with subprocess.Popen(
            [sys.executable, "-m", *command], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
        ) as sweeping:
            time.sleep(_BEGIN_SECONDS)
            together = read_at_once(loads(sizes.windows // 3))
            demand(sweeping.poll() is None, "the sweep ended before the reads beside it")
            ended = json.loads(sweeping.communicate()[0])["ended"]
    demand(ended == sizes.windows // 3 * 3, f"{ended} of {sizes.windows} windows ended")
    return {
        "publication_reads_per_s": alone["reads_per_s"],
        "publication_p99_ms": alone["p99_ms"],
        "beside_sweep_per_s": together["reads_per_s"],
        "beside_sweep_p99_ms": together["p99_ms"],
    }


async def _filled(house: BenchHouse, windows: int) -> None:
    database = house.database("disclosure")
    try:
        await fill_publications(database, windows, _DAYS)
    finally:
        await database.close()
