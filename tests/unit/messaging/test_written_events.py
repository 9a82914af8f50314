"""An event whose data was written before is on the wire what the contract would have written."""

from datetime import UTC, date, datetime

from shared.contracts.envelope import Event, Written, decode, encode, encode_written
from shared.contracts.events import RecordAdmitted
from shared.contracts.records import Authority, PenaltyDetail, Record, Subject
from shared.ids import new_id
from shared.vocabulary import PenaltyType, SubjectKind

AT = datetime(2026, 11, 13, 1, 2, 3, 456, tzinfo=UTC)
BODY = Authority(code="11320600YL00000179", name="南通市“样例”应急管理局")
RECORD = Record(
    document_number="（苏通）应急罚〔2026〕1号",
    subject=Subject(kind=SubjectKind.LEGAL_PERSON, key="91320600YL0000033X", name='南通"样例"\\化工'),
    issuing_authority=BODY,
    source_authority=BODY,
    region="320600",
    decided_on=date(2026, 10, 30),
    detail=PenaltyDetail(
        violation_type="未按规定培训",
        violation_facts="一行\n又一行",
        legal_basis="第九十七条",
        penalty_types=(PenaltyType.FINE,),
        penalty_content="罚款",
    ),
)


def test_written_events_are_read_as_the_events_that_the_contract_writes() -> None:
    data = [
        RecordAdmitted(record_id=new_id(), generation=turn, first_submitted_on=date(2026, 11, 13), record=RECORD)
        for turn in (1, 2)
    ]
    ids = [new_id() for _ in data]
    events = [
        Event(id=one, source="/creditsync/ingest", type=event.TYPE, subject=event.about(), time=AT, data=event)
        for one, event in zip(ids, data, strict=True)
    ]
    written = [Written(RecordAdmitted, event.about(), event.model_dump_json().encode()) for event in data]
    body = encode_written(written, ids, "/creditsync/ingest", AT)
    assert decode(body, RecordAdmitted) == decode(encode(events), RecordAdmitted)
