"""The scope of a run: a city covers its divisions, and a mark never says more than was read (guarantee G07)."""

import pytest

from services.sync.reconciliation.domain.scope import Scope
from services.sync.reconciliation.domain.verdict import name_of
from shared.vocabulary import DriftKind


@pytest.mark.parametrize(
    ("wide", "narrow", "covered"),
    [
        (Scope(), Scope("320612", "penalty"), True),
        (Scope("320600"), Scope("320612"), True),
        (Scope("320000"), Scope("320600"), True),
        (Scope("320612"), Scope("320600"), False),
        (Scope("320600"), Scope(), False),
        (Scope("320600"), Scope("320500"), False),
        (Scope(kind="penalty"), Scope("320600", "penalty"), True),
        (Scope(kind="penalty"), Scope("320600"), False),
        (Scope("NT-KFQ"), Scope("NT-KFQ"), True),
    ],
)
def test_a_scope_covers_what_lies_in_it_and_nothing_else(wide: Scope, narrow: Scope, *, covered: bool) -> None:
    assert wide.covers(narrow) is covered


@pytest.mark.parametrize(
    ("take_down", "present", "premature", "fields", "kind"),
    [
        (True, True, False, (), DriftKind.GHOST),
        (True, False, False, (), None),
        (False, False, False, (), DriftKind.MISSING),
        (False, True, False, (), None),
        (False, True, False, ("facts",), DriftKind.ALTERED),
        (False, True, False, ("closes_on",), DriftKind.END_DATE),
        (False, True, False, ("closes_on", "facts"), DriftKind.ALTERED),
        (False, True, True, ("facts",), DriftKind.PREMATURE),
        (False, False, True, (), None),
    ],
)
def test_a_difference_is_called_by_what_was_seen(
    *, take_down: bool, present: bool, premature: bool, fields: tuple[str, ...], kind: DriftKind | None
) -> None:
    differences = dict.fromkeys(fields, ("a", "b"))
    assert name_of(take_down=take_down, present=present, premature=premature, differences=differences) is kind
