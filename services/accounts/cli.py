"""`creditsync account`: invite, list and remove people of the local identity provider (embedded mode)."""

from typing import TYPE_CHECKING, Annotated

import typer

from services.accounts.roles import Role
from shared.settings import HouseSettings, load

if TYPE_CHECKING:
    from services.accounts.store import Accounts

app = typer.Typer(help="Local accounts (本地账户) of the embedded mode: invite, list, remove.", no_args_is_help=True)


@app.command("invite")
def invite(
    name: Annotated[str, typer.Argument(help="The person's name; an account of that name gets a new password.")],
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.OPERATOR,
) -> None:
    """Print a link by which one person sets a password. It works once, for a day."""
    typer.echo(invitation_link(load(HouseSettings), name, role))


@app.command("list")
def list_accounts() -> None:
    """List names and roles."""
    for name, role in _accounts(load(HouseSettings)).names().items():
        typer.echo(f"{role:10}  {name}")


@app.command("remove")
def remove(name: Annotated[str, typer.Argument(help="The person's name.")]) -> None:
    """Remove an account; its sessions end within a quarter of an hour."""
    _accounts(load(HouseSettings)).remove(name)
    typer.echo(f"{name} is removed.")


def invitation_link(settings: HouseSettings, name: str, role: Role) -> str:
    """A fresh invitation as an address."""
    from services.accounts.routes import INVITATION_PATH  # with the pages, which no serving process needs

    code = _accounts(settings).invite(name, role)
    return f"{settings.issuer.rstrip('/')}{INVITATION_PATH}?code={code}"


def has_accounts(settings: HouseSettings) -> bool:
    return bool(_accounts(settings).names())


def _accounts(settings: HouseSettings) -> "Accounts":
    from services.accounts.store import Accounts

    return Accounts(settings.data_dir, settings.clock())
