"""Days in a sentence never end a line, and what stands around them is escaped."""

import pytest

from services.sync.dashboard.page import kept_whole


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("自2026-11-19起", '自<span class="keep">2026-11-19</span>起'),
        ("(11-21, 11-22)", '(<span class="keep">11-21</span>, <span class="keep">11-22</span>)'),
        ("ndrc-36-2026/ordinary 2026.11+62e4", "ndrc-36-2026/ordinary 2026.11+62e4"),
        ("12-34-56 and 2026-11-1", "12-34-56 and 2026-11-1"),
        ("<b> 2026-11-19", '&lt;b&gt; <span class="keep">2026-11-19</span>'),
    ],
)
def test_a_day_is_kept_whole_and_nothing_else(sentence: str, shown: str) -> None:
    assert kept_whole(sentence) == shown
