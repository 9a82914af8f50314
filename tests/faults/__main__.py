"""`./run faults`: orders through a private PostgreSQL and RabbitMQ that are broken again and again. 0: nothing is lost.

python -m tests.faults                    20,000 orders
python -m tests.faults --orders 1500      fewer
python -m tests.faults imports            a large file whose reader is killed (`imports.py`)
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from services.local.errors import ServerMissing
from services.local.folders import passable_folder
from services.local.private_postgres import private_postgres
from services.local.private_rabbitmq import private_rabbitmq
from services.sync.app import TABLES
from tests.faults import imports
from tests.faults.orders import PORTALS
from tests.faults.run import Outcome, Servers, Trial, run_trial

_ORDERS_A_RECORD = len(PORTALS) * 1.5


def main(given: Sequence[str]) -> int:
    if given[:1] == ["imports"]:
        return imports.main(given[1:])
    options = _parser().parse_args(given)
    trial = Trial(round(options.orders / _ORDERS_A_RECORD), options.black_hole, options.patience)
    try:
        outcome = carry_out(trial)
    except ServerMissing as missing:
        print(f"left out: {missing}", file=sys.stderr)
        return 2
    print(told(outcome))
    return 0 if outcome.good else 1


def carry_out(trial: Trial) -> Outcome:
    """With servers of its own, durable as delivered."""
    with (
        passable_folder() as folder,
        private_postgres(folder, durable=True) as postgres,
        private_rabbitmq(folder) as rabbitmq,
    ):
        TABLES.upgrade(postgres.url)
        own = folder / "house"
        own.mkdir()
        servers = Servers(postgres, rabbitmq)
        return asyncio.run(run_trial(trial, servers, own, tell=_say))


def _say(text: str) -> None:
    """Progress goes to standard error, the result to standard output."""
    print(text, file=sys.stderr, flush=True)


def told(outcome: Outcome) -> str:
    verdict = outcome.verdict
    return (
        f"{outcome.done} of {outcome.orders} orders done in {outcome.seconds:.0f} s, {len(outcome.faults)} faults, "
        f"{outcome.to_converge:.1f} s from the end of the last one to the end of all orders.\n"
        f"lost: {verdict.lost}, wrong: {verdict.wrong}, waiting events: {verdict.waiting_events}, "
        f"parked: {verdict.parked_events}, dead letters: {verdict.dead_letters}, "
        f"processes that ended by themselves: {outcome.ended_by_themselves}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run faults", description=__doc__)
    parser.add_argument("--orders", type=int, default=20_000, help="orders in all (20,000)")
    parser.add_argument("--black-hole", type=float, default=10.0, help="seconds a connection swallows everything (10)")
    parser.add_argument("--patience", type=float, default=3600.0, help="seconds to wait for the end (3600)")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
