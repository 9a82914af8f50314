"""Identifiers are nobody else's, whoever makes them: many at once, threads, and a process that was split in two."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.ids import new_id

_FORKED = """
import os
from shared.ids import new_id
new_id()
os.fork()
os.write(1, " ".join([*(new_id() for _ in range(100)), "\\n"]).encode())  # at once, so that the two do not mix
"""


def test_identifiers_differ_in_whichever_thread_they_are_made() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = [one for many in pool.map(lambda _: [new_id() for _ in range(1_000)], range(4)) for one in many]
    assert len(set(made)) == len(made)
    assert {len(one) for one in made} == {32}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no process can be split in two here")
def test_a_process_and_its_fork_draw_no_random_bits_twice() -> None:
    done = subprocess.run([sys.executable, "-c", _FORKED], capture_output=True, text=True, check=True, timeout=30)
    noise = [one[16:] for one in done.stdout.split()]
    assert len(noise) == len(set(noise)) == 200


def test_identifiers_have_version_and_variant_in_their_places() -> None:
    made = [new_id() for _ in range(1_000)]
    assert {one[12] for one in made} == {"7"}
    assert {one[16] for one in made} == set("89ab")
    assert all(set(one) <= set("0123456789abcdef") for one in made)
