"""Charts drawn by the server as SVG: no script, colours from the style, words beside lines. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 1160, 200, 44, 150, 12, 24
_COLOURS = 3


@dataclass(frozen=True)
class Series:
    """One line: its name and one value for each label of the axis; `None` where nothing is known."""

    name: str
    values: Sequence[float | None]


def line_chart(title: str, labels: Sequence[str], series: Sequence[Series], limit: float | None = None) -> Markup:
    """Lines over equal steps, named at their ends, with an optional limit as a dashed line."""
    top = _round_up(max([value for one in series for value in one.values if value is not None] + [limit or 0, 1]))
    parts = [_axis(labels, top)]
    if limit is not None:
        parts.append(
            f'<line class="limit" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{_y(limit, top)}" y2="{_y(limit, top)}"/>'
        )
    ends: list[float] = []
    for number, one in enumerate(series):
        parts.append(_line(number % _COLOURS + 1, one, top, ends))
    told = "; ".join(f"{one.name} {_last(one):g}" for one in series)
    return _svg(title, told, "".join(parts))


def stacked_bars(title: str, labels: Sequence[str], series: Sequence[Series]) -> Markup:
    """One bar a label, the series on top of each other, named from the top down in the order in which they lie."""
    sums = [sum(one.values[at] or 0 for one in series) for at in range(len(labels))]
    top = _round_up(max([*sums, 1]))
    width = (_WIDTH - _LEFT - _RIGHT) / max(len(labels), 1)
    parts = [_axis(labels, top)]
    below = [0.0] * len(labels)
    for number, one in enumerate(series):
        for at, value in enumerate(one.values):
            if value:
                y, height = _y(below[at] + value, top), _y(below[at], top) - _y(below[at] + value, top)
                x = _LEFT + at * width + width * 0.15
                parts.append(
                    f'<rect class="f{number % _COLOURS + 1}" x="{x:.1f}" y="{y:.1f}" width="{width * 0.7:.1f}" '
                    f'height="{height:.1f}"><title>{escape(labels[at])} {escape(one.name)} {value:g}</title></rect>'
                )
                below[at] += value
        parts.append(_key(number, len(series) - 1 - number, one.name))
    return _svg(title, f"{sum(sums):g}", "".join(parts))


def _axis(labels: Sequence[str], top: float) -> str:
    lines = [
        f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{_y(at, top)}" y2="{_y(at, top)}"/>'
        f'<text x="{_LEFT - 6}" y="{_y(at, top) + 4}" text-anchor="end">{at:g}</text>'
        for at in (0, top / 2, top)
    ]
    step = max(1, len(labels) // 8)
    spread = (_WIDTH - _LEFT - _RIGHT) / max(len(labels), 1)
    lines += [
        f'<text x="{_LEFT + (at + 0.5) * spread:.1f}" y="{_HEIGHT - 6}" text-anchor="middle">{escape(label)}</text>'
        for at, label in enumerate(labels)
        if at % step == 0
    ]
    return "".join(lines)


def _line(colour: int, one: Series, top: float, ends: list[float]) -> str:
    spread = (_WIDTH - _LEFT - _RIGHT) / max(len(one.values), 1)
    points = [(_LEFT + (at + 0.5) * spread, _y(value, top)) for at, value in enumerate(one.values) if value is not None]
    if not points:
        return ""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    height = _apart(points[-1][1], ends)
    return (
        f'<polyline class="line s{colour}" points="{path}"/>'
        f'<circle class="f{colour}" cx="{points[-1][0]:.1f}" cy="{points[-1][1]}" r="3"/>'
        f'<rect class="f{colour}" x="{_WIDTH - _RIGHT + 8}" y="{height - 2:.1f}" width="12" height="4"/>'
        f'<text x="{_WIDTH - _RIGHT + 26}" y="{height + 4:.1f}">{escape(one.name)} {_last(one):g}</text>'
    )


def _apart(height: float, ends: list[float]) -> float:
    """A height for a name that does not lie on another one."""
    while any(abs(height - other) < 14 for other in ends):
        height -= 14
    ends.append(height)
    return height


def _key(number: int, place: int, name: str) -> str:
    y = _TOP + 18 * place
    return (
        f'<rect class="f{number % _COLOURS + 1}" x="{_WIDTH - _RIGHT + 10}" y="{y}" width="10" height="10"/>'
        f'<text x="{_WIDTH - _RIGHT + 26}" y="{y + 10}">{escape(name)}</text>'
    )


def _y(value: float, top: float) -> float:
    return round(_HEIGHT - _BOTTOM - value / top * (_HEIGHT - _TOP - _BOTTOM), 1)


def _last(one: Series) -> float:
    return next((value for value in reversed(one.values) if value is not None), 0)


def _round_up(value: float) -> float:
    """The next of 2, 4, 10, 20, 40, 100, …: half of it is a whole number."""
    size = 1.0
    while True:
        for step in (2, 4, 10):
            if size * step >= value:
                return size * step
        size *= 10


def _svg(title: str, told: str, body: str) -> Markup:
    return Markup(  # noqa: S704 - every text in it went through `escape`
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">'
        f"<title>{escape(title)}</title><desc>{escape(told)}</desc>{body}</svg>"
    )
