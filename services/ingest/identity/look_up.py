"""What is known of many claims at once, for the resolver: accepted aliases, the numbers and names of the register."""

from collections.abc import Collection

from services.ingest.identity import store
from services.ingest.identity.domain.codes import CodeKind, read_code
from services.ingest.identity.domain.known import Known
from services.ingest.identity.domain.resolve import Claim
from services.ingest.identity.domain.subjects import standing_in, subject_of
from services.ingest.registry.known import known_subjects
from services.ingest.registry.store import find_by_former
from shared.database.connection import AsyncConnection


async def look_up(connection: AsyncConnection, claims: Collection[Claim]) -> Known:
    """A handful of statements, whatever the number of claims. An old number that the register ties to two subjects
    stands for neither."""
    read = {(claim, read_code(claim.subject.code)) for claim in claims}
    old = sorted({code.value for _, code in read if code.kind in (CodeKind.REGISTRATION, CodeKind.ORGANISATION)})
    standing = {standing_in(claim.subject, claim.key) for claim, code in read if not code.value} - {""}
    of_register = {
        value: next(iter(subjects))
        for value, subjects in (await find_by_former(connection, old)).items()
        if len(subjects) == 1
    }
    values = {code.value for _, code in read} - {""}
    accepted = await store.code_aliases(connection, sorted(values | standing | set(of_register.values())))
    codes = accepted | {
        value: accepted.get(subject, subject) for value, subject in of_register.items() if value not in accepted
    }
    half = Known(codes=codes)
    subjects = sorted({subject_of(claim.subject, half, claim.key) for claim, _ in read} - {""})
    names = await known_subjects(connection, subjects)
    return Known(
        numbers=await store.number_aliases(connection, subjects),
        codes=codes,
        names={code: one.names | one.former_names for code, one in names.items()},
        registered=frozenset(of_register.keys() - accepted.keys()),
    )
