"""Orders survive whatever is broken under them: broker, database, workers, connections (G01, G05, G14)."""

import pytest

from services.local.postgres_programs import postgres_programs
from services.local.private_rabbitmq import rabbitmq_scripts
from tests.faults.__main__ import carry_out, told
from tests.faults.run import FAULTS, Trial
from tests.support.servers import need

ORDERS_IN_THE_SUITE = 600
PATIENCE = 300


@pytest.mark.real
@pytest.mark.timeout(3 * PATIENCE)
def test_no_order_is_lost_and_none_ends_wrong_whatever_breaks() -> None:
    need(postgres_programs)
    need(rabbitmq_scripts)
    outcome = carry_out(Trial(ORDERS_IN_THE_SUITE // 3, black_hole_seconds=2, patience_seconds=PATIENCE, hurried=True))
    assert len(outcome.faults) == len(FAULTS)
    assert outcome.good, told(outcome)
