"""Case `file` (P1): a CSV of ten times the rows takes ten times the time and no more memory.

Read by a process of its own as imports are, with slices, verdicts and events; `tests.faults.imports` kills such a one.
"""

import asyncio
from dataclasses import replace

from tests.bench.house import BenchHouse
from tests.bench.measure import Figures, Sizes, demand
from tests.bench.places import Place, settle
from tests.faults.imports import ImportOutcome, ImportTrial, run_imports, told

_TENTH = 10


def file(place: Place, sizes: Sizes) -> Figures:
    house = BenchHouse.built(place)
    tenth = ImportTrial("csv", sizes.rows // _TENTH, kills=0)
    small = _read(house, tenth)
    whole = _read(house, replace(tenth, rows=sizes.rows, first=tenth.rows))
    return {
        "tenth_cpu_s": small.cpu_seconds,
        "cpu_s": whole.cpu_seconds,
        "tenth_seconds": small.busy_seconds,
        "seconds": whole.busy_seconds,
        "rows_per_s": sizes.rows / whole.busy_seconds,
        "tenth_peak_mb": small.peak_mb,
        "peak_mb": whole.peak_mb,
    }


def _read(house: BenchHouse, trial: ImportTrial) -> ImportOutcome:
    settle(house.place)
    outcome = asyncio.run(run_imports(trial, house.database_url("ingest"), house.place.folder))
    demand(outcome.good, told(outcome, house.place.name))
    return outcome
