"""`./run bench`: every case, interleaved rounds, one table a place.

Exit code 0 whatever the figures are; 1 when a case gave a wrong result or could not run.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from services.local.errors import ServerMissing
from shared.clock import wall_time
from tests.bench.cases import CASES
from tests.bench.measure import QUICK_SCALE, Sizes
from tests.bench.places import Place, real_place
from tests.bench.processes import CHECKOUT
from tests.bench.report import table, write_lines
from tests.bench.rounds import Rounds, run_rounds
from tests.bench.rows import write_rows


def main(given: Sequence[str]) -> int:
    options = _parser().parse_args(given)
    sizes = Sizes.scaled(QUICK_SCALE if options.quick else options.scale)
    rounds = 1 if options.quick else options.rounds
    output = CHECKOUT / "var" / "bench" / f"{wall_time():%Y%m%dT%H%M%SZ}.jsonl"
    places = ("embedded", "real") if options.where == "both" else (options.where,)
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="creditsync-rows-") as folder:
        rows_file = Path(folder) / "rows.ndjson"
        write_rows(rows_file, sizes.rows_in_file)
        for place in places:
            try:
                found = _measured(place, rows_file, options.cases or list(CASES), sizes, rounds)
            except ServerMissing as missing:
                print(f"{place}: left out. {missing}", file=sys.stderr)
                continue
            print(table(found), flush=True)
            write_lines(output, found, sizes)
            failures += found.failures
    for failure in failures:
        print(f"\n{failure}", file=sys.stderr)
    print(f"\nEvery figure of every round: {output.relative_to(CHECKOUT)}")
    return 1 if failures else 0


def _measured(name: str, rows_file: Path, cases: Sequence[str], sizes: Sizes, rounds: int) -> Rounds:
    with ExitStack() as stack:
        place = stack.enter_context(real_place(rows_file)) if name == "real" else Place(name, str(rows_file))
        return run_rounds(place, cases, sizes, rounds, tell=lambda text: print(text, file=sys.stderr, flush=True))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[[], *CASES], metavar="case", help=f"of {', '.join(CASES)}")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of every case (5)")
    parser.add_argument("--scale", type=float, default=1.0, help="1: 20,000 rows; 5: the 100,000 rows of the goals")
    parser.add_argument("--where", choices=("real", "embedded", "both"), default="both")
    parser.add_argument("--quick", action="store_true", help="one round with a tenth of the rows: does it all work?")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
