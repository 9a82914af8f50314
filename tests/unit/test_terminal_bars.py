"""What a person at a terminal sees of long work: every number, also in a narrow window."""

import io

from rich.cells import cell_len
from rich.console import Console

from shared.terminal_bars import Bars, clock


def _seen(bars: Bars, width: int) -> list[str]:
    console = Console(record=True, width=width, file=io.StringIO())
    console.print(bars)
    return console.export_text().splitlines()


def test_eighty_columns_hold_label_bar_count_rate_and_rest() -> None:
    bars = Bars(Console(file=io.StringIO()))
    bars.show(bars.add("market_supervision"), 1_234_567, 2_000_000, 12_345, 3_720)
    bars.share(bars.add("二〇二六年十一月行政处罚信息报送.xlsx: reading"), 0.5, "1,000,000 rows", 12_345, 83)
    first, second = _seen(bars, 80)
    assert first.split() == ["market_supervision", *_bar(first), "1,234,567/2,000,000", "12,345/s", "1:02:00", "left"]
    assert second.startswith("…") and ".xlsx: reading" in second
    assert second.rstrip().endswith("50%  1,000,000 rows  12,345/s  1:23 left")
    assert max(map(cell_len, (first, second))) <= 80 and len("".join(_bar(first))) > 5


def test_what_is_not_known_is_not_told() -> None:
    bars = Bars(Console(file=io.StringIO()))
    bar = bars.add("records")
    bars.show(bar, 7, None)
    [line] = _seen(bars, 80)
    assert line.rstrip().endswith(" 7") and "left" not in line and "/s" not in line
    bars.measure(bar, 500, 1_000)
    [line] = _seen(bars, 80)
    assert "500/1,000" in line and "/s" in line and "left" in line


def test_a_rest_is_told_as_a_clock_does() -> None:
    assert [clock(seconds) for seconds in (0.4, 7, 61, 3_599.6)] == ["0:00", "0:07", "1:01", "1:00:00"]


def _bar(line: str) -> list[str]:
    return [word for word in line.split() if set(word) <= set("━╸╺")]
