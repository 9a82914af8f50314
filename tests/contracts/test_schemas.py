"""The committed schemas and examples say what the models say."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from shared.contracts.catalogue import CATALOGUE
from shared.contracts.schemas import EXAMPLES, SCHEMAS, schema_files
from shared.identifiers import Uscc, parse_uscc
from tests.contracts.samples import TYPES, example, raw_example


def committed_schema(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(committed_schema(name), format_checker=FormatChecker())


def test_every_event_type_has_a_schema_and_an_example_and_nothing_else_has() -> None:
    assert {path.stem for path in SCHEMAS.glob("*")} == set(TYPES)
    assert {path.stem for path in EXAMPLES.glob("*")} == set(TYPES)


@pytest.mark.parametrize("name", TYPES)
def test_a_change_of_a_contract_is_seen_in_its_committed_schema(name: str) -> None:
    committed = (SCHEMAS / f"{name}.json").read_text(encoding="utf-8")
    advice = "run `python -m shared.contracts.schemas --write` and look at the difference"
    assert committed == schema_files()[SCHEMAS / f"{name}.json"], advice


@pytest.mark.parametrize("name", TYPES)
def test_the_example_keeps_the_schema(name: str) -> None:
    Draft202012Validator.check_schema(committed_schema(name))
    assert [error.message for error in validator(name).iter_errors(raw_example(name))] == []


@pytest.mark.parametrize("name", TYPES)
def test_the_example_keeps_the_model_and_is_about_what_it_says(name: str) -> None:
    event = example(name)
    assert event.type == name
    assert event.source == f"/creditsync/{CATALOGUE[name].owner}"
    assert event.subject == event.data.about()
    assert event.model_dump(mode="json") == raw_example(name)


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize(
    "breach",
    [{"type": "record.forgotten"}, {"source": "/creditsync/nobody"}, {"data": {}}, {"specversion": "0.3"}, {"more": 1}],
    ids=lambda breach: next(iter(breach)),
)
def test_the_schema_refuses_what_breaks_the_contract(name: str, breach: dict[str, Any]) -> None:
    assert not validator(name).is_valid(raw_example(name) | breach)


@pytest.mark.parametrize("name", TYPES)
def test_the_schema_refuses_a_field_that_nobody_agreed_on(name: str) -> None:
    event = raw_example(name)
    event["data"]["surprise"] = True
    assert not validator(name).is_valid(event)


@pytest.mark.parametrize("name", [name for name in TYPES if "record" in raw_example(name)["data"]])
def test_examples_carry_codes_with_right_check_digits_and_no_real_company(name: str) -> None:
    record = raw_example(name)["data"]["record"]
    codes = [record["subject"]["uscc"], record["issuing_authority"]["code"], record["source_authority"]["code"]]
    assert all(isinstance(parse_uscc(code), Uscc) for code in codes)
    assert "样例" in record["subject"]["name"]
