"""规则包: what is in force with its citations, what others would change, who adopted which when and why; and the rule
files (规则文件) by which each service works."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from fastapi import APIRouter, Request, Response

from services.sync.dashboard.actions import done, key_of, posted
from services.sync.dashboard.desk import Desk, Reads, Signed
from services.sync.dashboard.exports import Column, list_file
from services.sync.dashboard.names import names_of
from services.sync.dashboard.page import language, present
from services.sync.dashboard.pages.parked import SERVICES
from services.sync.dashboard.reading import Reading
from services.sync.dashboard.shown import Shown
from services.sync.dashboard.texts import Lang, Translate, translate, word
from services.sync.dashboard.uploads import posted_with_files, texts_of
from shared.errors import MALFORMED, NOT_FOUND, Problem
from shared.web.scopes import Scope

router = APIRouter()

PATH = "/policy"
CHANGES = ("disappears", "shorter", "appears", "needs_confirmation", "severity", "repair_date", "longer")
_MOST_FILES = 40
_MOST_BYTES = 256 * 1024
_PAGE = 100
PROGRAM = "creditsync"
"""Who adopted the packs that come with the program."""


@router.get(PATH)
@router.get(f"{PATH}/live")
async def policy(request: Request, visitor: Signed, reader: Reads) -> Response:
    asked_for_rules = SERVICES if visitor.may(Scope.AUDIT_READ) else ()
    readings = await reader.read_all(
        policy=("disclosure", "/v1/policy"),
        files=("disclosure", "/v1/policy/files"),
        adoptions=(
            "disclosure",
            "/v1/policy/adoptions",
            {"limit": 100, "cursor": request.query_params.get("cursor")},
        ),
        comparisons=("disclosure", "/v1/policy/comparisons", {"limit": 20}),
        counts=("disclosure", "/v1/publication-counts"),
        **{f"rules_{one}": (one, "/v1/rules") for one in asked_for_rules},
    )
    rules = [readings[f"rules_{one}"] for one in asked_for_rules]
    values = {"program": PROGRAM, "rules": rules, "apart": files_apart(rules)}
    return present(request, "policy", {**readings, **values})


@router.get(f"{PATH}/export.{{form}}")
async def export_adoptions(
    request: Request, _visitor: Signed, desk: Desk, reader: Reads, form: Literal["csv", "xlsx"]
) -> Response:
    """Who put which packs in force, when and why, and what that changed."""
    lang = language(request)
    columns = _adoption_columns(translate(lang), Shown(lang, desk.clock.now()))
    adoptions = ("disclosure", "/v1/policy/adoptions")
    return await list_file(request, reader, (*adoptions, {}), form, "policy-adoptions", columns, back=PATH)


@router.get(f"{PATH}/files/{{name}}")
async def one_file(request: Request, _visitor: Signed, reader: Reads, name: str) -> Response:
    """A file of the packs in force, as a lawyer edits it; `raw` is for saving it."""
    found = await reader.read("disclosure", "/v1/policy/files")
    if found.ok and name not in found.data:
        raise Problem(NOT_FOUND, "No file of the packs in force has this name.")
    if found.ok and request.query_params.get("raw"):
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(found.data[name], media_type="application/toml", headers=headers)
    return present(request, "policy_file", {"found": found, "name": name})


@router.post(f"{PATH}/comparisons")
async def compare(request: Request, _visitor: Signed, desk: Desk, reader: Reads) -> Response:
    """Ask what changes when these files stand in place of, or beside, those in force."""
    async with posted_with_files(request, desk, most=_MOST_FILES) as form:
        fields, given = form.fields, await texts_of(form.files, _MOST_BYTES)
    given |= {fields["name"]: fields["text"]} if fields.get("name") and fields.get("text") else {}
    if not given:
        raise Problem(MALFORMED, "Choose at least one file, or paste the text of one.")
    in_force = await reader.read("disclosure", "/v1/policy/files")
    if not in_force.ok:
        return done(request, in_force, back=PATH, note="done")
    body = {"files": merged(in_force.data, given, fields.get("whole") == "yes"), "as_of": fields.get("as_of") or None}
    outcome = await reader.act("disclosure", "/v1/policy/comparisons", body, key=key_of(fields))
    back = f"{PATH}/comparisons/{outcome.data['comparison_id']}" if outcome.ok else PATH
    return done(request, outcome, back=back, note="comparison_asked")


@router.get(f"{PATH}/comparisons/{{comparison_id}}")
@router.get(f"{PATH}/comparisons/{{comparison_id}}/live")
async def comparison(request: Request, _visitor: Signed, reader: Reads, comparison_id: str) -> Response:
    path = f"/v1/policy/comparisons/{comparison_id[:32]}"
    asked = {**_filters(request), "limit": _PAGE, "cursor": request.query_params.get("cursor")}
    readings = await reader.read_all(
        found=("disclosure", path),
        changes=("disclosure", f"{path}/changes", asked),
        counts=("disclosure", "/v1/publication-counts"),
        files=("disclosure", f"{path}/files"),
        in_force=("disclosure", "/v1/policy/files"),
    )
    changes = readings["changes"]
    values = {
        "comparison_id": comparison_id[:32],
        "kinds": CHANGES,
        "names": await names_of(reader, (one["record_id"] for one in changes.data["items"])) if changes.ok else {},
        "other_files": differing(readings["files"], readings["in_force"]),
    }
    return present(request, "comparison", {**readings, **values})


@router.get(f"{PATH}/comparisons/{{comparison_id}}/export.{{form}}")
async def export(
    request: Request, _visitor: Signed, reader: Reads, comparison_id: str, form: Literal["csv", "xlsx"]
) -> Response:
    source = ("disclosure", f"/v1/policy/comparisons/{comparison_id[:32]}/changes", _filters(request))
    return await list_file(request, reader, source, form, "comparison", _columns(language(request)), back=PATH)


@router.post(f"{PATH}/comparisons/{{comparison_id}}/adoption")
async def adopt(request: Request, _visitor: Signed, desk: Desk, reader: Reads, comparison_id: str) -> Response:
    """Put exactly the packs in force that were compared."""
    fields = await posted(request, desk)
    back = f"{PATH}/comparisons/{comparison_id[:32]}"
    files = await reader.read("disclosure", f"/v1{PATH}/comparisons/{comparison_id[:32]}/files")
    if not files.ok:
        return done(request, files, back=back, note="done")
    body = {"files": files.data, "reason": fields.get("reason", "")}
    outcome = await reader.act("disclosure", "/v1/policy/adoptions", body, key=key_of(fields))
    return done(request, outcome, back=PATH if outcome.ok else back, note="packs_adopted")


def merged(in_force: Mapping[str, str], given: Mapping[str, str], whole: bool) -> dict[str, str]:
    """The set to compare: the given files in place of those of the same name, or alone when they are a whole set."""
    return dict(given) if whole else {**in_force, **given}


def files_apart(rules: Iterable[Reading]) -> set[str]:
    """The names of shared files that are not the same in all services which answered: one was started with others."""
    seen: dict[str, set[str]] = {}
    for one in rules:
        for file in one.data["files"] if one.ok else ():
            seen.setdefault(file["name"], set()).add(file["digest"])
    return {name for name, digests in seen.items() if len(digests) > 1}


def differing(files: Reading, in_force: Reading) -> list[str]:
    """The names of files that are new, changed or gone."""
    if not files.ok or not in_force.ok:
        return []
    names = {*files.data, *in_force.data}
    return sorted(name for name in names if files.data.get(name) != in_force.data.get(name))


def _filters(request: Request) -> dict[str, str | None]:
    """The filters of the address."""
    return {name: request.query_params.get(name) for name in ("city", "kind", "audience")}


def _columns(lang: Lang) -> list[Column]:
    t = translate(lang)
    return [
        (t("policy.record"), lambda row: row["record_id"]),
        (t("policy.city"), lambda row: row["city"]),
        (t("policy.audience"), lambda row: word(lang, "audience", row["audience"])),
        (t("policy.change"), lambda row: "; ".join(word(lang, "change", one) for one in row["kinds"])),
        (t("policy.closes_on"), lambda row: row["closes_on"]),
        (t("policy.new_closes_on"), lambda row: row["new_closes_on"]),
        (t("policy.rule"), lambda row: row["rule_id"]),
        (t("policy.new_rule"), lambda row: row["new_rule_id"]),
    ]


def _adoption_columns(t: Translate, show: Shown) -> list[Column]:
    def of_program(row: Mapping[str, Any]) -> bool:
        return bool(row["adopted_by"] == PROGRAM)

    return [
        (t("policy.number"), lambda row: row["revision"]),
        (t("policy.version"), lambda row: row["version"]),
        (t("policy.by"), lambda row: t("policy.program") if of_program(row) else row["adopted_by"]),
        (t("policy.adopted_at"), lambda row: show.at(row["adopted_at"])),
        (t("common.reason"), lambda row: t("policy.packaged") if of_program(row) else row["reason"]),
        (t("policy.judged"), lambda row: row["judged"]),
        (t("policy.changed"), lambda row: row["changed"]),
        (t("policy.taken_down"), lambda row: row["taken_down"]),
        (t("policy.shown"), lambda row: row["shown"]),
        (t("policy.complete"), lambda row: show.at(row["completed_at"])),
    ]
