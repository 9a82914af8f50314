"""Whether the rule files of the settings can be used, and whether each service was started with them."""

from services import house
from services.local.doubt import Doubt
from shared.database.engine import Database
from shared.evidence.rules import last_noted
from shared.rule_files import digest_of, in_force, states


async def look_at_rules() -> str:
    """One sentence, or `Doubt`; `StartRefused` names a file that is wrong."""
    house.put_all_rules_in_force({})
    others = []
    for name, service in house.SERVICES.items():
        noted = await _noted(service)
        if noted not in (None, digest_of(states(name))):
            others.append(name)
    told = f"{in_force().origin}, {len(in_force().texts)} files take the place of packaged ones"
    if others:
        raise Doubt(f"{told}; started last with others: {', '.join(others)}")
    return told


async def _noted(service: house.Service) -> str | None:
    database = Database(service.load({}).database_for(service.name), service.name)
    try:
        async with database.reading() as connection:
            return await last_noted(connection)
    finally:
        await database.close()
