"""What is signed has one spelling, and no other document passes for it (guarantee G14)."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from shared.clock import wall_time
from shared.errors import StartRefused
from shared.evidence.actions import MEANINGS, Action
from shared.evidence.anchors import Anchors
from shared.evidence.canonical import canonical, digest
from shared.evidence.documents import NotGenuine, sign, verified
from shared.evidence.heads import head_of, sign_head
from shared.evidence.key_file import rotate, signing_keys_at
from shared.evidence.keys import KeysUnreadable, new_key_set, read_public, read_signing
from tests.support.audit_log import new_keys

KEYS = new_keys()
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
NAMES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)
VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
STATEMENTS = st.dictionaries(NAMES, VALUES, max_size=5).map(lambda said: said | {"type": "test/1"})


def text_of(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


@given(VALUES)
def test_the_canonical_form_is_what_the_standard_library_writes_when_told_to(value: Any) -> None:
    plain = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert canonical(value) == plain.encode()


def test_members_are_sorted_by_utf16_units_as_rfc_8785_wants() -> None:
    given = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    assert list(json.loads(canonical(given))) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


@pytest.mark.parametrize("value", [1.5, {"a": [0.1]}, float("nan"), 2**53, "\ud800", {"a": object()}])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        canonical(value)


@given(STATEMENTS)
def test_a_signed_document_says_what_was_signed_whatever_its_layout(said: dict[str, Any]) -> None:
    document = sign(said, KEYS)
    for text in (text_of(document), json.dumps(document, indent=4, sort_keys=True).encode()):
        assert verified(text, "test/1", KEYS.public) == said


@settings(max_examples=200)
@given(STATEMENTS, st.data())
def test_a_changed_byte_never_passes_for_what_was_signed(said: dict[str, Any], data: st.DataObject) -> None:
    text = bytearray(text_of(sign(said, KEYS)))
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != text[at]))
    with suppress(NotGenuine):
        assert verified(bytes(text), "test/1", KEYS.public) == said, "only the layout may differ"


@given(STATEMENTS, STATEMENTS)
def test_a_signature_proves_nothing_about_another_statement(one: dict[str, Any], other: dict[str, Any]) -> None:
    document = sign(one, KEYS) | {"statement": other}
    if digest(one) != digest(other):
        with pytest.raises(NotGenuine, match="was changed after it was signed"):
            verified(text_of(document), "test/1", KEYS.public)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"{", "no JSON"),
        (b'{"statement": {}, "statement": {}, "signature": {}}', "names a member twice"),
        (b"[" * 100_000, "no JSON"),
        (b'{"statement": {}}', "does not consist of"),
        (b'{"statement": [], "signature": {}}', "does not consist of"),
        (b" " * 300_000, "more than"),
    ],
)
def test_what_is_no_document_is_refused_with_a_sentence(text: bytes, sentence: str) -> None:
    with pytest.raises(NotGenuine, match=sentence):
        verified(text, "test/1", KEYS.public)


def test_a_document_of_another_kind_algorithm_or_key_is_refused() -> None:
    document = sign({"type": "test/1"}, KEYS)
    with pytest.raises(NotGenuine, match=r"it is no test/2"):
        verified(text_of(document), "test/2", KEYS.public)
    with pytest.raises(NotGenuine, match="none of the keys given"):
        verified(text_of(document), "test/1", new_keys().public)
    none = {**document, "signature": {**document["signature"], "alg": "none"}}
    with pytest.raises(NotGenuine, match="not signed with Ed25519"):
        verified(text_of(none), "test/1", KEYS.public)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"3",
        b'{"keys": []}',
        b'{"keys": [3]}',
        b'{"kty": "RSA", "n": "AA", "e": "AQAB"}',
        b'{"kty": "OKP", "crv": "X25519", "x": "AAAA"}',
    ],
)
def test_a_key_file_that_is_none_is_refused(text: bytes) -> None:
    with pytest.raises(KeysUnreadable):
        read_public(text)


def test_public_keys_cannot_sign_and_a_missing_file_refuses_the_start(tmp_path: Path) -> None:
    public = json.dumps(read_signing(new_key_set()).published()).encode()
    with pytest.raises(KeysUnreadable, match="no private"):
        read_signing(public)
    (tmp_path / "public.json").write_bytes(public)
    for name in ("public.json", "missing.json"):
        with pytest.raises(StartRefused, match=f"the signing keys in .*{name} cannot be"):
            signing_keys_at(tmp_path / name)


def test_what_is_trusted_follows_the_key_file_and_what_signs_is_the_key_of_the_start(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    first = rotate(path)
    keys = signing_keys_at(path)
    trusted = keys.public
    inode = path.stat().st_ino
    second = rotate(path)
    assert path.stat().st_ino == inode, "a container that has this file mounted sees the new key, too"
    assert first in trusted and second in trusted
    assert [one["kid"] for one in keys.published()["keys"]] == [second, first]
    assert keys.key_id == first
    assert trusted.holds(first, b"said", keys.sign(b"said"))
    assert signing_keys_at(path).key_id == second
    path.write_bytes(new_key_set())
    assert first not in trusted and second not in trusted, "they were taken out"


def test_a_key_file_that_cannot_be_read_for_a_while_takes_no_trust_away(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    first = rotate(path)
    keys, content = signing_keys_at(path), path.read_bytes()
    with capture_logs() as logs:
        path.write_bytes(content[:40])
        assert first in keys.public and first in keys.public
        path.unlink()
        assert first in keys.public and [one["kid"] for one in keys.published()["keys"]] == [first]
    assert [(one["event"], one["error"]) for one in logs] == [
        ("evidence_keys_unreadable", "KeysUnreadable"),
        ("evidence_keys_unreadable", "FileNotFoundError"),
    ]
    path.write_bytes(content)
    second = rotate(path)
    assert first in keys.public and second in keys.public


def test_an_anchor_file_is_read_past_a_line_that_a_killed_process_left_half(tmp_path: Path) -> None:
    anchors = Anchors(tmp_path)
    first = sign_head("sync", 3, "a" * 64, wall_time(), KEYS)
    second = sign_head("sync", 9, "b" * 64, wall_time(), KEYS)
    anchors.append(first)
    with anchors.path("sync").open("a", encoding="ascii") as file:
        file.write(second.line()[:40])
    anchors.append(second)
    assert list(anchors.heads("sync")) == [first, second]
    assert anchors.last("sync") == second
    assert anchors.last("ingest") is None
    assert head_of(first.line()) == first
    assert first.is_genuine(KEYS.public)
    assert not first.is_genuine(new_keys().public)


def test_every_action_of_the_catalogue_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Action)
