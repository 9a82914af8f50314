"""The structural tests leave nothing behind: what they hold, every later test of the same process carries along."""

import gc
import weakref

from tests.architecture.source import CODE, modules


def test_no_syntax_tree_outlives_the_look_at_it() -> None:
    seen = [weakref.ref(module.tree) for module in modules(*CODE)]
    gc.collect()
    assert [tree for tree in seen if tree() is not None] == []
