"""A refusal of a service, and what stopped a row, are read on a page in the language of the page."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from services.accounts.roles import Role
from shared.errors import CONFLICT, MALFORMED, ProblemType
from shared.web.problems import type_uri
from tests.support.dashboard import DashboardHouse, dashboard_house

OWN = {"Origin": "http://127.0.0.1:8100"}
ROW = "0" * 32


class Ingest:
    """A stand-in for ingest: one row that waits, told in the language asked for, and a refusal of its discard."""

    def __init__(self) -> None:
        self.refusal: tuple[ProblemType, str, dict[str, Any]] = (CONFLICT, "", {})
        self.message = {"zh": "必填项，未填写。", "en": "CF_SY is required and empty."}
        self.asked: list[str] = []
        self.app = FastAPI()
        self.app.get("/v1/quarantine")(self.rows)
        self.app.get("/v1/quarantine/counts")(self.counts)
        self.app.post(f"/v1/quarantine/{ROW}/discard")(self.discard)
        self.app.get(f"/v1/imports/{ROW}/verdicts")(self.verdicts)

    async def counts(self) -> dict[str, Any]:
        return {"counts": {"V01": 1}}

    async def rows(self, lang: str) -> dict[str, Any]:
        reason = {"code": "V01", "column": "CF_SY", "message": self.message[lang], "weight": "quarantine"}
        row = {
            "quarantine_id": ROW, "kind": "penalty", "batch_id": "1" * 32, "row": 3, "client": "enforcement-system",
            "authority_code": None, "quarantined_at": "2026-03-02T01:00:00Z", "reasons": [reason], "state": "waiting",
            "corrects": None, "decided_by": None, "decided_at": None, "reason": None, "record_id": None,
            "successor_id": None,
        }  # fmt: skip
        return {"items": [row], "next": None}

    async def verdicts(self, request: Request) -> JSONResponse:
        self.asked.append(request.query_params["lang"])
        return JSONResponse({})

    async def discard(self) -> JSONResponse:
        kind, detail, members = self.refusal
        body = {"type": type_uri(kind), "title": kind.title, "detail": detail, "advice": kind.advice, **members}
        return JSONResponse(body, kind.status, media_type="application/problem+json")


@pytest.fixture
def ingest() -> Ingest:
    return Ingest()


@pytest.fixture
async def house(tmp_path: Path, ingest: Ingest) -> AsyncIterator[DashboardHouse]:
    async with dashboard_house(tmp_path, {"ingest": ingest.app}) as house:
        house.person("supervisor", Role.SUPERVISOR)
        await house.sign_in("supervisor")
        yield house


async def _discarded(house: DashboardHouse, lang: str = "zh") -> str:
    form = {"key": "a-key-of-a-form", "reason": "企业已注销"}
    answer = await house.browser.post(f"/quarantine/{ROW}/discard?lang={lang}", data=form, headers=OWN)
    assert answer.status_code >= 400
    return answer.text


async def test_a_refusal_is_told_with_what_to_do(house: DashboardHouse, ingest: Ingest) -> None:
    ingest.refusal = (CONFLICT, "The row was released already by li.", {})
    told = await _discarded(house)
    assert "该行已放行，处理人 li。" in told
    assert "请重新打开页面，看过最新情况后再决定。" in told
    assert "already by" not in told
    english = await _discarded(house, "en")
    assert "The row was released already by li." in english
    assert CONFLICT.advice in english


async def test_what_is_known_in_english_alone_is_marked_behind_what_it_means(
    house: DashboardHouse, ingest: Ingest
) -> None:
    ingest.refusal = (CONFLICT, "A sentence of a later release.", {})
    told = await _discarded(house)
    assert '当前状态不允许这样做 <small class="muted" lang="en">A sentence of a later release.</small>' in told


async def test_each_field_that_was_refused_is_told(house: DashboardHouse, ingest: Ingest) -> None:
    errors = [{"field": "reason", "reason": "String should have at least 2 characters"}]
    ingest.refusal = (MALFORMED, "1 field(s) cannot be used.", {"errors": errors})
    told = await _discarded(house)
    assert "有 1 个栏目不能使用。" in told
    assert "<code>reason</code> <span>至少 2 个字符</span>" in told


async def test_a_form_that_the_dashboard_refuses_itself_is_told(house: DashboardHouse) -> None:
    answer = await house.browser.post(f"/quarantine/{ROW}/discard", data={"reason": "x"}, headers=OWN)
    assert answer.status_code == MALFORMED.status
    assert "表单已失效，请重新打开页面。" in answer.text


async def test_why_a_row_waits_is_asked_for_in_the_language_of_the_page(house: DashboardHouse, ingest: Ingest) -> None:
    chinese = (await house.browser.get("/quarantine?lang=zh")).text
    assert "必填项，未填写。" in chinese
    assert "is required" not in chinese
    assert "CF_SY is required and empty." in (await house.browser.get("/quarantine?lang=en")).text
    ingest.message["zh"] = "Of an older release."
    old = (await house.browser.get("/quarantine?lang=zh")).text
    assert '必填项未填、过长或写法不合要求 <small class="muted" lang="en">Of an older release.</small>' in old


async def test_a_verdict_file_is_fetched_in_the_language_of_the_page(house: DashboardHouse, ingest: Ingest) -> None:
    for lang in ("zh", "en"):
        await house.browser.get(f"/imports/{ROW}/verdicts.csv?lang={lang}")
    assert ingest.asked == ["zh", "en"]
