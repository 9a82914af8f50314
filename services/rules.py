"""The rule files (规则文件) from the terminal: copy them for editing, check a folder, show what counts.

Reads and writes files only; what is in force in a running service is asked of it at `/v1/rules`.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from shared.errors import StartRefused
from shared.rule_files import RuleFile
from shared.rule_folder import ADOPTION, ADOPTION_FORM

app = typer.Typer(
    help="Rule files (规则文件) that a lawyer changes without a programmer: copy, check, show.", no_args_is_help=True
)

_Folder = Annotated[Path, typer.Argument(help="Folder that CREDITSYNC_RULES_DIR names, or will name.")]


@app.command()
def copy(
    folder: _Folder,
    names: Annotated[
        list[str] | None, typer.Argument(help="Files, such as repair/procedure.toml; all if none.")
    ] = None,
) -> None:
    """Write packaged files for editing, and an adoption.toml to fill in. Nothing that is there is overwritten."""
    files = _files()
    if unknown := sorted(set(names or ()) - set(files)):
        raise StartRefused(f"there is no rule file {unknown[0]}: {', '.join(files)}")
    texts = {name: files[name].packaged_text() for name in names or files}
    for name, text in {**texts, ADOPTION: ADOPTION_FORM.format(today=_today())}.items():
        place = folder / name
        written = _write_new(place, text)
        typer.echo(f"{place}: {'written' if written else 'is there already, left as it is'}")
    typer.echo(
        f"Change what must change, remove what stays as packaged, fill in {ADOPTION}, then: creditsync rules check"
    )


@app.command()
def check(folder: _Folder) -> None:
    """Read a folder as the start of each service would, and say what differs from the packaged files."""
    from shared.rule_files import put_in_force
    from shared.rule_folder import read_folder

    files = _files()
    texts = read_folder(folder, files.values(), _today())
    put_in_force(texts, files.values())
    for name, text in texts.texts.items():
        differences = list(_differences(files[name], text))
        typer.echo(f"{name}: {f'{len(differences)} entries differ' if differences else 'as packaged'}")
        for line in differences:
            typer.echo(f"  {line}")
    if adopted := texts.adoption:
        typer.echo(f"All files can be used. Adopted by {adopted.by} on {adopted.on}: {adopted.reason}")
    else:
        typer.echo("The folder holds no rule file: everything is as packaged.")


@app.command()
def show() -> None:
    """Show which file counts in processes that start now with these settings, where it lies, and its SHA-256."""
    from services import house
    from shared.rule_files import digest_of, states

    services = list(house.SERVICES.values())
    house.put_all_rules_in_force({})
    shown = {one.name: one for service in services for one in states(service.name)}
    for one in shown.values():
        typer.echo(f"{one.digest[:16]}  {one.name}  {one.origin}")
    for service in services:
        typer.echo(f"{service.name}: {digest_of(states(service.name))}")


def _files() -> dict[str, RuleFile[Any]]:
    """All rule files of the house by name."""
    from services.house import SERVICES
    from shared.rule_folder import SHARED

    files = [*SHARED, *(one for service in SERVICES.values() for one in service.rules)]
    return {one.name: one for one in sorted(files, key=lambda one: one.name)}


def _today() -> date:
    from services.house import legal_today

    return legal_today()


def _write_new(place: Path, text: str) -> bool:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            return False
        with place.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise StartRefused(f"{place} cannot be written: {error.strerror or error}") from None
    return True


def _differences(file: RuleFile[Any], text: str) -> Iterator[str]:
    """Entry by entry; comments and the order of keys make none."""
    import tomllib

    packaged, changed = (dict(_entries("", tomllib.loads(one))) for one in (file.packaged_text(), text))
    for place in sorted({*packaged, *changed}):
        before, after = packaged.get(place), changed.get(place)
        if before != after:
            yield f"{place}: {_shown(before)} -> {_shown(after)}"


def _entries(place: str, value: object) -> Iterator[tuple[str, object]]:
    """Tables by their keys, listed tables by their id, key or name."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _entries(f"{place}.{key}" if place else str(key), inner)
    elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        for number, inner in enumerate(value, start=1):
            name = next((inner[key] for key in ("id", "key", "name", "kind") if key in inner), number)
            yield from _entries(f"{place}[{name}]", inner)
    else:
        yield place, value


def _shown(value: object) -> str:
    return "nothing" if value is None else repr(value) if isinstance(value, str | list) else str(value)
