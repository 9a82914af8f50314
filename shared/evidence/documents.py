"""A signed document (签名文件): readable JSON with a signature over its canonical form, verifiable without this house.

    {"statement": {"type": …, …}, "signature": {"alg": "Ed25519", "kid": …, "value": <base64url>}}

The type stands inside the statement, so that no signature can be carried over to another kind. Serves guarantee G14.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from shared.errors import CreditsyncError
from shared.evidence.canonical import Value, canonical
from shared.evidence.keys import ALGORITHM, PublicKeys, SigningKeys

MOST_BYTES = 256 * 1024


class NotGenuine(CreditsyncError):
    """A document that proves nothing. The message says in one sentence why."""


def sign(statement: Mapping[str, Value], keys: SigningKeys) -> dict[str, Any]:
    """The document that says this. The statement names its own `type`."""
    value = _encoded(keys.sign(canonical(statement)))
    return {"statement": dict(statement), "signature": {"alg": ALGORITHM, "kid": keys.key_id, "value": value}}


def verified(text: bytes, kind: str, keys: PublicKeys) -> dict[str, Any]:
    """What a genuine document of this type says, or `NotGenuine`."""
    statement, signature = _parts(text)
    key_id = str(signature.get("kid"))[:100]
    if signature.get("alg") != ALGORITHM:
        raise NotGenuine(f"The document is not signed with {ALGORITHM}.")
    if key_id not in keys:
        raise NotGenuine(f"The document names the key {key_id}, which is none of the keys given.")
    try:
        message, value = canonical(statement), _decoded(str(signature.get("value")))
    except (ValueError, RecursionError):
        raise NotGenuine("The document or its signature has no canonical form.") from None
    if not keys.holds(key_id, message, value):
        raise NotGenuine("The document was changed after it was signed, or the signature belongs to another one.")
    if statement.get("type") != kind:
        raise NotGenuine(f"The document is genuine, but it is no {kind}.")
    return statement


def _parts(text: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    if len(text) > MOST_BYTES:
        raise NotGenuine(f"The document has more than {MOST_BYTES} bytes.")
    try:
        given = json.loads(text, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError):
        raise NotGenuine("The document is no JSON, or it names a member twice.") from None
    if not isinstance(given, dict) or given.keys() != {"statement", "signature"}:
        raise NotGenuine("The document does not consist of a statement and a signature.")
    statement, signature = given["statement"], given["signature"]
    if not isinstance(statement, dict) or not isinstance(signature, dict):
        raise NotGenuine("The document does not consist of a statement and a signature.")
    return statement, signature


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A member named twice means one thing to one reader and another thing to the next."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is named twice")
    return found


def _decoded(text: str) -> bytes:
    try:
        value = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    if _encoded(value) != text:
        raise ValueError("a second spelling of the same signature")
    return value


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode("ascii").rstrip("=")
