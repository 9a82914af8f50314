"""What `creditsync orders` and `creditsync channel` show and do at a running sync, over HTTP."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.table import Table

from services.local.operator_calls import sync_calls
from shared.vocabulary import Portal

_PAGE = 500


async def show_problems(at: str | None, token: str | None) -> None:
    """Orders that wait for a person, by cause, with advice."""
    async with sync_calls(at, token) as sync:
        groups = await sync.read("/v1/push-problems")
    headings = ("portal", "cause", "take-downs", "publications", "earliest due", "advice")
    names = ("portal", "cause", "take_downs", "publications", "earliest_due_at", "advice")
    _print("orders that wait for a person (待处置)", headings, [[one[name] for name in names] for one in groups])


async def show_orders(portal: Portal, cause: str, at: str | None, token: str | None) -> None:
    """The orders of one cause, a line each, named as the commands that settle them take them."""
    shown, path = 0, f"/v1/push-problems/{portal}/{quote(cause, safe='')}"
    async with sync_calls(at, token) as sync:
        cursor: Any = ""
        while cursor is not None:
            page = await sync.read(path, limit=_PAGE, **({"cursor": cursor} if cursor else {}))
            for one in page["items"]:
                typer.echo(_line(one))
            shown, cursor = shown + len(page["items"]), page["next"]
    if not shown:
        typer.echo(_none_waits(portal, cause))


def _line(order: Mapping[str, Any]) -> str:
    way = "take-down" if order["wanted"] == "offline" else "publication"
    told = (f"{order['record_id']}@{order['generation']}", way, order["document_number"], order["refusal"])
    return "  ".join(one for one in told if one)


def seen(named: Sequence[str]) -> dict[str, int]:
    """The generation of each order, by record, from RECORD@GENERATION. Raises `ValueError`, which names the others."""
    pairs = {one: one.rpartition("@") for one in named}
    if wrong := [one for one, (record, _, generation) in pairs.items() if not (record and generation.isdecimal())]:
        raise ValueError(f"{', '.join(wrong)}: write RECORD@GENERATION, as `creditsync orders show` prints it")
    return {record: int(generation) for record, _, generation in pairs.values()}


@dataclass(frozen=True)
class Settlement:
    """What a person decides about the orders of a cause: those that he saw, by record, or all when none is named."""

    remedy: str
    reason: str
    seen: Mapping[str, int]
    dry_run: bool
    fields: Mapping[str, str] = field(default_factory=dict)


async def settle(portal: Portal, cause: str, wanted: Settlement, at: str | None, token: str | None) -> str:
    """Retry, amend or set aside; what was done to how many, and which way they go."""
    body: dict[str, Any] = {"remedy": wanted.remedy, "reason": wanted.reason, "dry_run": wanted.dry_run}
    if wanted.seen:
        body |= {"record_ids": list(wanted.seen), "generations": dict(wanted.seen)}
    if wanted.fields:
        body["fields"] = dict(wanted.fields)
    async with sync_calls(at, token) as sync:
        done = await sync.change(f"/v1/push-problems/{portal}/{quote(cause, safe='')}", body)
    return " ".join(_told(portal, cause, wanted, done))


def _told(portal: Portal, cause: str, wanted: Settlement, done: Mapping[str, Any]) -> Iterator[str]:
    if done["orders"]:
        verb = {"retry": "ordered anew", "skip": "set aside", "amend": "amended and ordered anew"}[wanted.remedy]
        ways = f"{done['publications']} publications, {done['take_downs']} take-downs"
        yield f"{done['orders']} orders ({ways}) {'would be' if wanted.dry_run else 'were'} {verb}."
    elif not done["take_downs_left_out"]:
        yield _none_waits(portal, cause)
    if done["take_downs_left_out"]:
        yield f"{done['take_downs_left_out']} take-downs are left out: name with --record those to be set aside."


def _none_waits(portal: Portal, cause: str) -> str:
    return f"No order of {portal} waits for {cause}. `creditsync orders problems` names the causes."


async def show_channels(at: str | None, token: str | None) -> None:
    """Whether orders go out to each portal, what waits, and whether it is read."""
    async with sync_calls(at, token) as sync:
        channels = await sync.read("/v1/channels")
    headings = ("portal", "breaker", "take-downs", "publications", "why", "stopped by")
    _print(
        "channels (通道)",
        headings,
        [
            [
                one["portal"],
                one["breaker"],
                one["take_downs"]["waiting"],
                one["publications"]["waiting"],
                one["reason"] or one["contract_faults"] or "",
                one["stopped_by"] or "",
            ]
            for one in channels
        ],
    )
    headings = ("portal", "looks due", "receipts due", "since", "held by", "until")
    _print("what waits to be read (读取)", headings, [[one["portal"], *_reading(one["reading"])] for one in channels])


_HOLDS = {
    "portal_asked": "the portal asked not to be read (平台要求暂缓)",
    "budget_spent": "orders use the budget up (额度用尽)",
    "behind": "slow portal, or no worker (滞后)",
}


def _reading(reading: Mapping[str, Any]) -> tuple[Any, ...]:
    """What is due and not read, since when, what holds it and until when."""
    held = _HOLDS[reading["held_by"]] if reading["held_by"] else ""
    since, until = reading["oldest_due_at"] or "", reading["until"] or ""
    return reading["looks_waiting"], reading["receipts_waiting"], since, held, until


async def switch(portal: Portal, to: str, reason: str, at: str | None, token: str | None) -> str:
    """Stop or start the orders to a portal."""
    async with sync_calls(at, token) as sync:
        await sync.change(f"/v1/channels/{portal}", {"to": to, "reason": reason})
    return f"The orders to {portal} are {to}."


def _print(title: str, headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    if not rows:
        typer.echo(f"No {title}.")
        return
    table = Table(title=title)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*map(str, row))
    Console().print(table)
