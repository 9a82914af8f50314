"""A receipt is written as its model would write it, and reads back as it was."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.findings import Finding, Weight
from services.ingest.receipt import Receipt, RowVerdict, count, row_verdict
from shared.vocabulary import RecordKind, Verdict

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FINDINGS = st.lists(st.builds(Finding, TEXTS, TEXTS, TEXTS, st.sampled_from(Weight)), max_size=3)
VERDICTS = st.lists(
    st.builds(row_verdict, st.integers(1, 100_000), st.sampled_from(Verdict), st.one_of(st.none(), TEXTS), FINDINGS),
    max_size=5,
)
INSTANTS = st.integers(0, 4 * 10**15).map(
    lambda since: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=since)
)


@given(st.sampled_from(RecordKind), INSTANTS, VERDICTS)
def test_the_text_of_a_receipt_is_what_its_model_writes(
    kind: RecordKind, received_at: datetime, verdicts: list[RowVerdict]
) -> None:
    receipt = Receipt(
        batch_id="b" * 32,
        kind=kind,
        received_at=received_at,
        rows=len(verdicts),
        counts=count(tuple(verdicts)),
        verdicts=tuple(verdicts),
    )
    assert receipt.text == receipt.model_dump_json()
    assert Receipt.model_validate_json(receipt.text) == receipt
