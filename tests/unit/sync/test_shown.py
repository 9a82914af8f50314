"""How shown fields are compared."""

from services.sync.domain.shown import differences, digest


def test_the_digest_does_not_depend_on_the_order_of_fields() -> None:
    assert digest({"a": "1", "b": "2"}) == digest({"b": "2", "a": "1"})


def test_moving_text_between_fields_changes_the_digest() -> None:
    assert digest({"a": "12", "b": ""}) != digest({"a": "1", "b": "2"})
    assert digest({"ab": "c"}) != digest({"a": "bc"})


def test_an_empty_field_and_an_absent_one_are_the_same_to_digest_and_comparison() -> None:
    assert differences({"a": "1", "b": ""}, {"a": "1"}) == {}
    assert digest({"a": "1", "b": ""}) == digest({"a": "1"})


def test_each_difference_names_what_is_wanted_and_what_is_shown() -> None:
    found = differences({"subject": "甲", "facts": "乙"}, {"subject": "甲", "facts": "丙", "extra": "丁"})
    assert found == {"facts": ("乙", "丙"), "extra": ("", "丁")}
