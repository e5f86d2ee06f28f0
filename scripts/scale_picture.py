"""The picture that `scripts/bench scale` draws: seconds by number of digests, on logarithmic axes,
with lines told apart by their marks and names as well as by colour."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape

Scale = Callable[[float], float]
"""From a value to a place in the picture."""
WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 220, 24, 56
STYLES = {
    "Material's blog": ("#8a5a00", "square"),
    "Hugo, bare theme": ("#b3261e", "triangle"),
    "ours, cold": ("#00588f", "circle"),
    "ours, one new digest": ("#00796b", "diamond"),
    "bare Jinja": ("#666666", "cross"),
}
MARKS = {
    "square": "M-4-4h8v8h-8z",
    "triangle": "M0-5 5 4h-10z",
    "circle": "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z",
    "diamond": "M0-5.5 5.5 0 0 5.5-5.5 0z",
    "cross": "M-4-4 4 4M4-4-4 4",
}


_HEAD = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" \
font-family="system-ui, sans-serif" font-size="13">
<title>Seconds that a build takes, by number of digests</title>
<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>"""


def scale_picture(measured: Iterable[tuple[str, int, float]]) -> str:
    """An SVG of (name, digests, seconds) of each build."""
    lines: dict[str, list[tuple[int, float]]] = {}
    for name, digests, seconds in measured:
        lines.setdefault(name, []).append((digests, seconds))
    points = [point for line in lines.values() for point in line]
    x = _axis([digests for digests, _ in points], LEFT, WIDTH - RIGHT)
    y = _axis([seconds for _, seconds in points], HEIGHT - BOTTOM, TOP)
    parts = [
        _HEAD,
        *(_row_line(seconds, y(seconds)) for seconds in _ticks([one for _, one in points])),
        *(
            f'<text x="{x(digests):.1f}" y="{HEIGHT - BOTTOM + 22}" text-anchor="middle">'
            f"{digests:,}</text>"
            for digests in sorted({digests for digests, _ in points})
        ),
    ]
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">digests</text>')
    parts += _labelled_lines(lines, x, y)
    return "\n".join([*parts, "</svg>", ""])


def _row_line(seconds: float, height: float) -> str:
    return (
        f'<path d="M{LEFT} {height:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
        f'<text x="{LEFT - 8}" y="{height + 4:.1f}" text-anchor="end">{seconds:g} s</text>'
    )


def _labelled_lines(lines: Mapping[str, list[tuple[int, float]]], x: Scale, y: Scale) -> list[str]:
    parts = []
    taken: list[float] = []
    for name, line in sorted(lines.items(), key=lambda item: -max(s for _, s in item[1])):
        colour, mark = STYLES[name]
        line.sort()
        path = "L".join(f"{x(digests):.1f} {y(seconds):.1f}" for digests, seconds in line)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<path transform="translate({x(digests):.1f} {y(seconds):.1f})" d="{MARKS[mark]}"'
            f' fill="{colour}" stroke="{colour}"/>'
            for digests, seconds in line
        ]
        digests, seconds = line[-1]
        at = y(seconds) + 4
        while any(abs(at - other) < 15 for other in taken):
            at += 1
        taken.append(at)
        parts.append(
            f'<text x="{x(digests) + 12:.1f}" y="{at:.1f}" fill="{colour}">'
            f"{escape(name)}, {seconds:.1f} s</text>"
        )
    return parts


def _axis(values: Sequence[float], start: float, end: float) -> Scale:
    low, high = math.log(min(values)), math.log(max(values))
    span = high - low or 1
    return lambda value: start + (end - start) * (math.log(value) - low) / span


def _ticks(values: Sequence[float]) -> list[float]:
    powers = range(math.floor(math.log10(min(values))), math.ceil(math.log10(max(values))) + 1)
    ticks = [base * 10.0**power for power in powers for base in (1, 2, 5)]
    return [tick for tick in ticks if min(values) <= tick <= max(values)]
