"""How two sides differ over what was decided, and what their digests say of it."""

from itertools import permutations

import pytest

from services.sync.decided.domain.difference import Difference, Kind, differences
from shared.contracts.decided import Decided, Stretch, digest_of

ONE = Decided("a" * 32, "credit_sites", 3, shown=True)


def other(generation: int, *, shown: bool = True) -> Decided:
    return Decided(ONE.record_id, ONE.audience, generation, shown)


@pytest.mark.parametrize(
    ("decided", "heard", "kind"),
    [
        ([ONE], [], Kind.NEVER_TOLD),
        ([ONE], [other(2)], Kind.BEHIND),
        ([ONE], [other(4, shown=False)], Kind.AHEAD),
        ([ONE], [other(3, shown=False)], Kind.AHEAD),
        ([], [ONE], Kind.AHEAD),
    ],
)
def test_every_way_to_differ_has_its_word(decided: list[Decided], heard: list[Decided], kind: Kind) -> None:
    [found] = differences(decided, heard)
    assert found.kind is kind
    assert digest_of(decided) != digest_of(heard)


def test_what_both_have_alike_is_no_difference() -> None:
    assert list(differences([ONE], [other(3)])) == []
    assert digest_of([ONE]) == digest_of([other(3)])


def test_one_record_towards_two_audiences_is_two_entries() -> None:
    second = Decided(ONE.record_id, "market_supervision", 1, shown=True)
    expected = Difference(ONE.record_id, "market_supervision", Kind.NEVER_TOLD, 1, 0)
    assert list(differences([ONE, second], [ONE])) == [expected]


def test_a_digest_does_not_depend_on_the_order() -> None:
    entries = [Decided(letter * 32, "credit_sites", 1, shown=True) for letter in "abc"]
    assert len({digest_of(some) for some in permutations(entries)}) == 1


def test_stretches_lie_side_by_side() -> None:
    first, second = Stretch("", "b" * 32), Stretch("b" * 32, None)
    for letter in "abcf":
        assert [first.holds(letter * 32), second.holds(letter * 32)].count(True) == 1
