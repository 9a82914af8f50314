"""`/v1/rules` of every service: which rule files it works by, from where, and who put them in force and why (G11)."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from shared.rule_files import digest_of, in_force, states
from shared.web.auth import requires
from shared.web.caller import Caller
from shared.web.scopes import Scope


class RuleFileView(BaseModel):
    """One file. `origin` is `packaged`, or the folder from which the process read it when it started."""

    name: str
    origin: str
    digest: str


class RulesView(BaseModel):
    """The rules of this process (规则文件). `digest` is equal in processes that work by the same rules."""

    digest: str
    adopted_by: str | None
    reason: str | None
    adopted_on: date | None
    files: list[RuleFileView]


def rules_router(service: str) -> APIRouter:
    """The one route."""
    router = APIRouter(prefix="/v1", tags=["rules"])

    @router.get("/rules", summary="The rule files by which this process works")
    async def get_rules(_caller: Annotated[Caller, requires(Scope.AUDIT_READ)]) -> RulesView:
        """Read once at the start (`CREDITSYNC_RULES_DIR`); a change counts from the next start on."""
        files, adopted = states(service), in_force().adoption
        return RulesView(
            digest=digest_of(files),
            adopted_by=adopted.by if adopted else None,
            reason=adopted.reason if adopted else None,
            adopted_on=adopted.on if adopted else None,
            files=[RuleFileView(name=one.name, origin=one.origin, digest=one.digest) for one in files],
        )

    return router
