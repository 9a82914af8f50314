"""A list says how many items it has in all when it is asked, stops counting in time, and is silent otherwise."""

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select

from shared.web.pagination import Page
from shared.web.totals import Total, total_of, with_total
from tests.support.tables import with_tables

_metadata = MetaData()
item = Table("item", _metadata, Column("number", Integer, primary_key=True))


@pytest.fixture(params=["tmp_sqlite_url", pytest.param("postgres_url", marks=pytest.mark.real)])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


async def test_a_total_is_exact_up_to_its_limit_and_a_lower_bound_beyond(url: str) -> None:
    async with with_tables(url, "test", _metadata) as database, database.writing() as connection:
        await connection.execute(insert(item), [{"number": one} for one in range(1, 8)])
        chosen = select(item.c.number).where(item.c.number > 2)
        assert await total_of(connection, chosen) == Total(items=5, or_more=False)
        assert await total_of(connection, chosen, most=5) == Total(items=5, or_more=False)
        assert await total_of(connection, chosen, most=4) == Total(items=4, or_more=True)
        assert await total_of(connection, chosen.where(item.c.number > 9)) == Total(items=0, or_more=False)


def test_a_page_has_no_total_unless_it_was_asked_for() -> None:
    page = Page[int](items=[1, 2], next=None)
    assert with_total(page, None).model_dump() == {"items": [1, 2], "next": None, "total": None}
    assert with_total(page, Total(items=2, or_more=False)).total == Total(items=2, or_more=False)
