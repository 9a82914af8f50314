import pytest

from shared.sealing import SealBroken, Sealer

OLD, NEW = b"o" * 32, b"n" * 32
NUMBER = "320681199001011234"


def test_what_was_sealed_opens_in_its_place_only() -> None:
    sealer = Sealer(OLD)
    sealed = sealer.seal(NUMBER, "subject.id_number:1")
    assert sealer.open(sealed, "subject.id_number:1") == NUMBER
    with pytest.raises(SealBroken):
        sealer.open(sealed, "subject.id_number:2")


def test_a_sealed_value_shows_nothing_and_never_looks_the_same_twice() -> None:
    sealer = Sealer(OLD)
    first, second = sealer.seal(NUMBER, "here"), sealer.seal(NUMBER, "here")
    assert NUMBER.encode() not in first
    assert first != second


@pytest.mark.parametrize("position", [0, 1, 13, -1])
def test_a_changed_byte_is_noticed(position: int) -> None:
    sealer = Sealer(OLD)
    sealed = bytearray(sealer.seal(NUMBER, "here"))
    sealed[position] ^= 0x40
    with pytest.raises(SealBroken) as broken:
        sealer.open(bytes(sealed), "here")
    assert NUMBER not in str(broken.value)


@pytest.mark.parametrize("short", [b"", b"\x01", b"\x01" + b"x" * 12])
def test_a_truncated_value_is_noticed(short: bytes) -> None:
    with pytest.raises(SealBroken):
        Sealer(OLD).open(short, "here")


def test_after_a_rotation_old_values_open_and_persons_keep_their_digest() -> None:
    before, after = Sealer(OLD), Sealer(OLD, NEW)
    assert after.open(before.seal(NUMBER, "here"), "here") == NUMBER
    assert after.keyed_digest(NUMBER) == before.keyed_digest(NUMBER)
    with pytest.raises(SealBroken, match="unknown key"):
        before.open(after.seal(NUMBER, "here"), "here")


def test_the_digest_depends_on_key_and_text_and_has_64_digits() -> None:
    digest = Sealer(OLD).keyed_digest(NUMBER)
    assert len(digest) == 64
    assert digest != Sealer(NEW).keyed_digest(NUMBER)
    assert digest != Sealer(OLD).keyed_digest(NUMBER[:-1] + "5")


@pytest.mark.parametrize("keys", [(), (b"short",), (OLD, b"short")])
def test_a_key_of_the_wrong_length_is_refused(keys: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(*keys)


def test_a_fingerprint_needs_the_key_survives_a_rotation_and_is_no_persons_digest() -> None:
    print_of, number = Sealer(OLD).fingerprint, NUMBER.encode()
    assert print_of(number) == Sealer(OLD, NEW).fingerprint(number)
    others = (Sealer(NEW).fingerprint(number), print_of(number + b"0"), Sealer(OLD).keyed_digest(NUMBER)[:32])
    assert print_of(number) not in others
    assert len(print_of(b"")) == 32
