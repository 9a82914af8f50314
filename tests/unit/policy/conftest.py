"""The packaged packs, loaded once."""

import pytest

from shared.policy import Packs, load_packs


@pytest.fixture(scope="session")
def packs() -> Packs:
    return load_packs()
