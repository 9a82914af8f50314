"""What is built without validation equals what validation would have built, field by field and on the wire."""

from datetime import date

import pytest

from services.ingest.domain.build import build
from services.ingest.domain.parsed import parse
from services.ingest.mapping.draft import read_row
from services.local.sample_feed import sample_feed
from shared.contracts.records import Record
from shared.vocabulary import RecordKind

FEED = sample_feed(7, date(2026, 11, 21), penalties=120, licences=60)


@pytest.mark.parametrize("kind", [RecordKind.PENALTY, RecordKind.LICENCE])
def test_a_record_built_from_judged_values_is_the_one_that_validation_gives(kind: RecordKind) -> None:
    expected = FEED.expected.penalties if kind is RecordKind.PENALTY else FEED.expected.licences
    rows = FEED.penalties if kind is RecordKind.PENALTY else FEED.licences
    sound = [row for number, row in enumerate(rows, start=1) if number not in expected.faulty]
    assert len(sound) > 50
    for row in sound:
        built = build(parse(read_row(kind, row)), lambda text: f"{hash(text):064x}"[:64]).record
        text = built.model_dump_json()
        assert Record.model_validate_json(text) == built
        assert Record.model_validate_json(text).model_dump_json() == text
        assert set(built.model_fields_set) == set(Record.model_fields)
