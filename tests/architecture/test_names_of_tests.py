"""The names of test modules, which pytest keeps in one namespace."""

from collections import Counter
from pathlib import PurePath

from tests.architecture.source import modules


def test_no_two_test_modules_share_a_name() -> None:
    """The second would be refused when everything is collected, minutes after the fast gate has passed."""
    names = Counter(PurePath(one.path).name for one in modules("tests"))
    doubled = [name for name, number in names.items() if number > 1 and name.startswith("test_")]
    assert len(names) > 1
    assert doubled == []
