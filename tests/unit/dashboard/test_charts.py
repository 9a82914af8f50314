"""Charts say in words what they draw, and escape what they are given."""

import itertools
from xml.etree import ElementTree

from services.sync.dashboard.charts import Series, line_chart, stacked_bars

LABELS = ["00:00", "01:00", "02:00"]


def _read(drawn: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawn)  # noqa: S314 - our own drawing


def test_a_line_is_named_at_its_end_and_gaps_are_not_drawn_as_nought() -> None:
    drawn = _read(line_chart("backlog", LABELS, [Series("A", [1, None, 3])], limit=2))
    line = next(drawn.iter("polyline"))
    assert len(line.attrib["points"].split()) == 2
    assert "A 3" in {one.text for one in drawn.iter("text")}


def test_a_line_of_one_value_is_a_dot_that_can_be_seen() -> None:
    drawn = _read(line_chart("backlog", LABELS[:1], [Series("A", [4])]))
    [dot] = drawn.iter("circle")
    assert float(dot.attrib["cy"]) == float(next(drawn.iter("polyline")).attrib["points"].split(",")[1])


def test_names_at_line_ends_do_not_lie_on_each_other() -> None:
    drawn = _read(line_chart("x", LABELS, [Series(name, [5, 5, 5]) for name in "ABC"]))
    heights = sorted(float(one.attrib["y"]) for one in drawn.iter("text") if (one.text or "")[:1] in "ABC")
    assert all(after - before >= 14 for before, after in itertools.pairwise(heights))


def test_bars_stand_on_each_other_and_say_what_they_are() -> None:
    drawn = _read(stacked_bars("<x>", LABELS, [Series("<A>", [1, 0, 2]), Series("B", [1, 0, 0])]))
    bars = [one for one in drawn.iter("rect") if one.find("title") is not None]
    assert [bar.find("title").text for bar in bars] == ["00:00 <A> 1", "02:00 <A> 2", "00:00 B 1"]  # type: ignore[union-attr]
    first, on_top = bars[0], bars[2]
    assert float(on_top.attrib["y"]) + float(on_top.attrib["height"]) == float(first.attrib["y"])


def test_the_key_of_bars_lies_as_the_bars_lie() -> None:
    drawn = _read(stacked_bars("x", LABELS, [Series("A", [1, 1, 1]), Series("B", [1, 1, 1])]))
    keys = {one.text: float(one.attrib["y"]) for one in drawn.iter("text") if one.text in ("A", "B")}
    bars = [one for one in drawn.iter("rect") if one.find("title") is not None]
    heights = {one.find("title").text.split()[1]: float(one.attrib["y"]) for one in bars}  # type: ignore[union-attr]
    assert heights["B"] < heights["A"] and keys["B"] < keys["A"]


def test_a_name_at_a_line_end_has_the_colour_of_its_line() -> None:
    drawn = _read(line_chart("x", LABELS, [Series("A", [1, 2, 3]), Series("B", [4, 5, 6])]))
    lines = [one.attrib["class"][-1] for one in drawn.iter("polyline")]
    assert [one.attrib["class"][-1] for one in drawn.iter("rect")] == lines == ["1", "2"]


def test_nothing_to_draw_is_drawn_as_empty_axes() -> None:
    assert "polyline" not in line_chart("x", [], [])
    assert "<svg" in stacked_bars("x", [], [])
