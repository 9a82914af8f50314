"""Only what is so already counts as nothing to do; another conflict is a refusal, which a person has to hear of."""

from dataclasses import dataclass
from typing import Any

import pytest

from services.ingest.change import usable
from services.ingest.decide import Judged
from services.ingest.withdraw import AlreadySo
from shared.errors import CONFLICT, MALFORMED, Problem


@dataclass(frozen=True)
class Stored:
    record_id: str = "r1"
    record_key: str = "k"
    content_digest: str = "d"


STORED: Any = Stored()


def test_the_very_row_of_the_record_is_so_already() -> None:
    with pytest.raises(AlreadySo) as refused:
        usable(Judged(1, unchanged="r1"), STORED)
    assert refused.value.kind is CONFLICT


@pytest.mark.parametrize("judged", [Judged(1, unchanged="r2"), Judged(1)])
def test_a_row_of_which_no_record_was_built_is_refused(judged: Judged) -> None:
    with pytest.raises(Problem) as refused:
        usable(judged, STORED)
    assert refused.value.kind is MALFORMED
