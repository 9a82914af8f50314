"""Who may import whom: the contracts of pyproject.toml hold."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.architecture.source import ROOT


def test_the_import_contracts_are_kept() -> None:
    script = Path(sys.executable).with_name("lint-imports")
    environment = {**os.environ, "COLUMNS": "200"}
    done = subprocess.run(
        [script, "--no-cache"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=100
    )
    told = re.findall(r"Contracts: (\d+) kept, (\d+) broken", done.stdout)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert told, "lint-imports found no contract"
    assert int(told[0][0]) >= 14
    assert told[0][1] == "0"
