"""A misspelt parameter is refused with its name, the nearest that is known, and all that may be sent."""

from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Query
from pydantic import BaseModel

from shared.settings import HouseSettings
from shared.web.app import create_api
from shared.web.auth import PUBLIC, requires
from shared.web.caller import Caller
from shared.web.pagination import Paged
from shared.web.scopes import Scope
from tests.support.web import TestIssuer, calling


class Asked(BaseModel):
    portal: str = "all"
    since_day: Annotated[str | None, Query(alias="from")] = None


def router() -> APIRouter:
    routes = APIRouter()

    @routes.get("/v1/records")
    async def records(
        _caller: Annotated[Caller, requires(Scope.INGEST_READ)],
        page: Paged,
        kind: str | None = None,
        state: Annotated[list[str] | None, Query()] = None,
    ) -> dict[str, object]:
        return {"kind": kind, "state": state, "limit": page.limit}

    @routes.get("/v1/column", dependencies=[PUBLIC])
    async def column(asked: Annotated[Asked, Query()]) -> dict[str, object]:
        return asked.model_dump()

    @routes.get("/column", dependencies=[PUBLIC])
    async def page(q: str = "") -> dict[str, str]:
        return {"q": q}

    return routes


async def answer_to(address: str, **claims: str) -> httpx.Response:
    issuer = TestIssuer()
    app = create_api("ingest", "Ingest", routers=[router()], settings=HouseSettings(), verifier=issuer.verifier())
    async with calling(app) as client:
        return await client.get(address, headers=issuer.bearer(**claims))


async def test_a_misspelt_parameter_is_refused_with_the_nearest_that_is_known() -> None:
    answer = await answer_to("/v1/records?knd=penalty&limit=5")
    assert answer.status_code == 422
    said = answer.json()
    assert said["type"] == "urn:creditsync:problem:unknown-parameter"
    assert said["detail"] == "1 parameter(s) of the address cannot be used."
    assert said["errors"] == [
        {"field": "query.knd", "reason": "there is no such parameter; the nearest is `kind`"},
    ]
    assert said["known"] == ["cursor", "kind", "limit", "state"]


async def test_what_resembles_nothing_is_refused_without_a_guess() -> None:
    said = (await answer_to("/v1/records?zzz=1")).json()
    assert said["errors"] == [{"field": "query.zzz", "reason": "there is no such parameter"}]


@pytest.mark.parametrize("address", ["/v1/records", "/v1/records?", "/v1/records?kind=penalty&limit=3&state=a&state=b"])
async def test_what_is_known_goes_through(address: str) -> None:
    assert (await answer_to(address)).status_code == 200


async def test_a_filter_that_is_read_once_and_sent_twice_is_refused() -> None:
    said = (await answer_to("/v1/records?kind=penalty&kind=licence")).json()
    assert said["errors"] == [{"field": "query.kind", "reason": "may be given only once"}]


async def test_a_nul_is_refused_before_a_database_meets_it() -> None:
    answer = await answer_to("/v1/records?state=a&state=b%00c&limit=3")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:creditsync:problem:malformed-request")
    assert answer.json()["errors"] == [{"field": "query.state", "reason": "holds a NUL"}]
    assert (await answer_to("/v1/records?kind=%2500")).json()["kind"] == "%00"
    assert (await answer_to("/column?q=a%00")).status_code == 200


async def test_parameters_that_are_read_together_are_known_by_the_names_they_are_sent_under() -> None:
    assert (await answer_to("/v1/column?portal=x&from=2026-11-01")).json() == {"portal": "x", "since_day": "2026-11-01"}
    assert (await answer_to("/v1/column?since_day=2026-11-01")).json()["known"] == ["from", "portal"]


async def test_a_page_for_everybody_opens_whatever_a_mail_program_added() -> None:
    answer = await answer_to("/column?q=x&utm_source=mail&spm=1&spm=2")
    assert (answer.status_code, answer.json()) == (200, {"q": "x"})


async def test_nobody_learns_what_a_route_takes_without_a_token_for_it() -> None:
    answer = await answer_to("/v1/records?knd=penalty", scope="sync:read")
    assert (answer.status_code, "known" in answer.json()) == (403, False)


async def test_a_flood_of_wrong_names_makes_a_short_answer() -> None:
    flood = "&".join(f"{'n' * 100}{number}=1" for number in range(300))
    said = (await answer_to(f"/v1/records?{flood}")).json()
    assert (len(said["errors"]), said["errors_left_off"]) == (20, 280)
    assert all(len(one["field"]) <= 66 for one in said["errors"])
