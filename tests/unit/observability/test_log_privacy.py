import json
import logging
import re
from typing import Any

import pytest
import structlog
from sqlalchemy.exc import IntegrityError

from shared.observability.metrics import misnamed, of_guarantee, rendered
from shared.observability.redaction import MASK, clean
from tests.support.logs import logged_lines

PERSON = "320681199001011234"
PHONE = "13912345678"
TOKEN = "eyJhbGciOiJFZDI1NTE5In0.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "field",
    [
        "name",
        "subject_name",
        "legal_representative",
        "id_number",
        "holder_id_number",
        "phone",
        "Authorization",
        "access-token",
        "client_secret",
        "password",
    ],
)
def test_a_field_with_a_personal_name_is_never_written(field: str) -> None:
    with logged_lines("json") as lines:
        structlog.get_logger().info("batch_stored", **{field: "王小明"}, batch_id="b1", nested={field: ["王小明"]})
    entry = json.loads(lines.getvalue())
    assert entry[field] == MASK
    assert entry["nested"] == {field: MASK}
    assert entry["batch_id"] == "b1"


@pytest.mark.parametrize("secret", [PERSON, PERSON[:-1] + "X", PHONE, TOKEN, "amqp://bureau:geheim@broker/vhost"])
@pytest.mark.parametrize("log_format", ["json", "console"])
def test_what_looks_personal_or_secret_is_removed_from_any_text(secret: str, log_format: str) -> None:
    with logged_lines(log_format) as lines:
        structlog.get_logger().info("row_refused", reason=f"the value {secret} is wrong", parts=[{"x": secret}])
        logging.getLogger("some.library").warning("cannot use %s", secret)
    hidden = "geheim" if "geheim" in secret else secret
    assert hidden not in lines.getvalue()
    assert lines.getvalue().count(MASK) == 3


@pytest.mark.parametrize(
    "harmless",
    ["91320600MA1XYZ1234", "01a20008e11c7e59b027fbdaadca4c33", "苏应急罚〔2026〕12号", "1732181711647", "320681"],
)
def test_identifiers_that_are_not_personal_stay_readable(harmless: str) -> None:
    assert clean(harmless) == harmless
    assert clean({"document_number": harmless}) == {"document_number": harmless}


def test_lines_of_libraries_have_the_same_form_and_routine_chatter_is_left_out() -> None:
    with logged_lines("json") as lines:
        for library in ("uvicorn.error", "aio_pika.robust", "sqlalchemy.engine"):
            logging.getLogger(library).info("chatter")
            logging.getLogger(library).warning("trouble %s", 7)
    entries = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [entry["event"] for entry in entries] == ["trouble 7"] * 3
    assert [entry["logger"] for entry in entries] == ["uvicorn.error", "aio_pika.robust", "sqlalchemy.engine"]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", entry["at"]) for entry in entries)


def broken() -> None:
    raise IntegrityError("INSERT INTO subject VALUES (?)", {"subject": "王小明"}, ValueError("王小明 exists"))


def test_an_error_is_logged_by_its_types_and_places_without_its_text() -> None:
    with logged_lines("json") as lines:
        try:
            broken()
        except IntegrityError as error:
            structlog.get_logger().exception("store_failed")
            logging.getLogger("some.library").error("failed", exc_info=error)
    for line in lines.getvalue().splitlines():
        entry = json.loads(line)
        assert entry["error"].startswith("IntegrityError")
        assert entry["at_code"][-1].endswith(" broken")
    assert "王小明" not in lines.getvalue()
    assert len(lines.getvalue().splitlines()) == 2


def test_a_level_below_the_configured_one_writes_nothing() -> None:
    with logged_lines("json", "warning") as lines:
        structlog.get_logger().info("batch_stored")
    assert lines.getvalue() == ""


def test_something_deep_or_endless_is_cut_off() -> None:
    deep: Any = "end"
    for _ in range(20):
        deep = {"in": deep}
    assert "end" not in json.dumps(clean(deep))
    assert len(clean("x" * 10_000)) < 5_000


def test_metrics_keep_the_naming_rule() -> None:
    import shared.web.app  # noqa: F401 - registers the metrics of requests

    assert misnamed() == []
    assert of_guarantee(99) == []
    body, media_type = rendered()
    assert b"http_request_seconds" in body
    assert media_type.startswith("text/plain")
