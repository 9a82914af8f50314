"""Division codes: form order, former codes, zones, and None for what is not known."""

import pytest

from shared.identifiers import cities, city_of, counties_of, current_division_of, division_of


def test_the_cities_come_in_the_order_of_the_provincial_form() -> None:
    assert [(city.code, city.name) for city in cities()] == [
        ("320100", "南京市"),
        ("320200", "无锡市"),
        ("320400", "常州市"),
        ("320300", "徐州市"),
        ("320500", "苏州市"),
        ("320600", "南通市"),
        ("320700", "连云港市"),
        ("320800", "淮安市"),
        ("320900", "盐城市"),
        ("321000", "扬州市"),
        ("321100", "镇江市"),
        ("321200", "泰州市"),
        ("321300", "宿迁市"),
    ]


def test_the_counties_and_zones_come_in_the_order_of_the_city_form() -> None:
    assert [division.name for division in counties_of("320600")] == [
        "海安市",
        "如皋市",
        "如东县",
        "海门区",
        "启东市",
        "通州区",
        "崇川区",
        "开发区",
        "苏通园区",
        "通州湾",
    ]
    assert [division.code for division in counties_of("320400")] == [
        "320402",
        "320404",
        "320411",
        "320412",
        "320413",
        "320481",
        "CZ-JKQ",
    ]


@pytest.mark.parametrize(
    ("former", "current"),
    [("320684", "320614"), ("320602", "320613"), ("320611", "320613"), ("320621", "320685"), ("320614", "320614")],
)
def test_a_former_code_is_counted_with_its_successor(former: str, current: str) -> None:
    division = current_division_of(former)
    assert division is not None
    assert (division.code, division.is_current) == (current, True)


@pytest.mark.parametrize(
    ("code", "city"),
    [("320613", "320600"), ("320602", "320600"), ("NT-TZW", "320600"), ("320400", "320400"), ("150725", "150700")],
)
def test_every_county_and_zone_knows_its_city(code: str, city: str) -> None:
    division = city_of(code)
    assert division is not None
    assert division.code == city


def test_a_province_has_no_city() -> None:
    assert division_of("140000") is not None
    assert city_of("140000") is None


@pytest.mark.parametrize("code", ["320699", "", "nonsense"])
def test_an_unknown_code_is_none_and_no_error(code: str) -> None:
    assert division_of(code) is None
    assert city_of(code) is None
    assert current_division_of(code) is None


def test_every_parent_and_successor_of_the_table_exists() -> None:
    for city in cities():
        for division in counties_of(city.code):
            assert city_of(division.code) == city
    assert counties_of("320611") == ()
