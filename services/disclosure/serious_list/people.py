"""Listed persons (有关人员): what the public sees of them, and the rest sealed (guarantee G12).

The number shows its first four and last two characters. The name is masked unless the list rule says otherwise.
"""

import json
from dataclasses import dataclass
from enum import StrEnum

from shared.identifiers import mask_id_number, mask_name, normalise_code, normalise_text
from shared.ids import new_id
from shared.policy.list_rules import PersonNames
from shared.sealing import Sealer


class PersonRole(StrEnum):
    """What a person is to the entry."""

    SUBJECT = "subject"  # 被列入的自然人
    LEGAL_REPRESENTATIVE = "legal_representative"  # 法定代表人
    PRINCIPAL = "principal"  # 主要负责人
    RESPONSIBLE = "responsible"  # 直接责任人员


@dataclass(frozen=True)
class Person:
    """A person as the authority names them. Never logged, never stored in clear."""

    role: PersonRole
    name: str
    id_number: str


@dataclass(frozen=True)
class SealedPerson:
    """The same as it is stored."""

    person_id: str
    role: PersonRole
    public_name: str
    public_number: str
    sealed: bytes


def seal_person(person: Person, names: PersonNames, sealer: Sealer) -> SealedPerson:
    person_id = new_id()
    name, number = normalise_text(person.name), normalise_code(person.id_number)
    content = json.dumps({"name": name, "id_number": number}, ensure_ascii=False)
    return SealedPerson(
        person_id=person_id,
        role=person.role,
        public_name=name if names is PersonNames.FULL else mask_name(name),
        public_number=mask_id_number(number),
        sealed=sealer.seal(content, f"serious_person:{person_id}"),
    )


def person_key(person: Person, sealer: Sealer) -> str:
    """A keyed digest that stands for a natural person."""
    return sealer.keyed_digest(normalise_code(person.id_number))
