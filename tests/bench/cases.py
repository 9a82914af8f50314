"""Every case by its name. As a program it runs one of them once, in this process, and prints its figures.

python -m tests.bench.cases NAME PLACE SIZES      (the last two as JSON)
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType

from tests.bench import (
    admission,
    anchor_sweep,
    anchors,
    beside,
    brokers,
    delivering,
    delivering_growth,
    endpoints,
    growth,
    journeys,
    large_files,
    overtaking,
    policy_case,
    reads,
    reconciling,
    sweeps,
)
from tests.bench.measure import Case, Sizes
from tests.bench.places import Place, emptied

CASES: Mapping[str, Case] = MappingProxyType(
    {
        "http_upsert": anchors.http_upsert,
        "ingest": admission.ingest,
        "growth": growth.growth,
        "file": large_files.file,
        "orm_one_sync": anchors.orm_one_sync,
        "orm_one_async": anchors.orm_one_async,
        "orm_list_sync": anchors.orm_list_sync,
        "orm_list_async": anchors.orm_list_async,
        "broker_1_record": brokers.broker_1_record,
        "broker_100_records": brokers.broker_100_records,
        "policy": policy_case.policy,
        "sweep_sql": anchor_sweep.sweep_sql,
        "sweep": sweeps.sweep,
        "sweep_orm": anchor_sweep.sweep_orm,
        "read_asyncpg": reads.read_asyncpg,
        "read": reads.read,
        "read_orm": reads.read_orm,
        "beside": beside.beside,
        "reconcile": reconciling.reconcile,
        "direct_aiohttp": delivering.direct_aiohttp,
        "deliver": delivering.deliver,
        "deliver_growth": delivering_growth.deliver_growth,
        "endpoints": endpoints.endpoints,
        "windows": journeys.windows,
        "overtaking": overtaking.overtaking,
        "portals": journeys.portals,
    }
)

RESULT = "RESULT "


def arguments(name: str, place: Place, sizes: Sizes) -> list[str]:
    """The command line of one case."""
    return [sys.executable, "-m", __name__, name, json.dumps(place.as_json()), json.dumps(asdict(sizes))]


def main(name: str, place_json: str, sizes_json: str) -> None:
    given = json.loads(place_json)
    place = Place(**given | {"folder": Path(given["folder"])})
    with emptied(place) as own:
        figures = CASES[name](own, Sizes(**json.loads(sizes_json)))
    print(RESULT + json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
