"""The results as one SVG: bars of CPU per peer, which are the legend of the latency curves below them.

Its colours follow the reader's light or dark scheme.
"""

from __future__ import annotations

import math
from html import escape
from typing import Any

WIDTH, MARGIN, LABELS = 900, 24, 150  # pixels
BAR, GAP = 20, 8
PANEL_WIDTH, PANEL_HEIGHT, PANEL_STEP = 360, 200, 290
TOP = 70
# Both readable on white and on near black; criabot has the first.
COLOURS = ["#e8590c", "#1c8adb", "#2f9e44", "#9c5fd6", "#b8860b", "#868e96", "#d6456f", "#0c9ba3", "#7a8f1f", "#a0674b"]
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-size: 16px; font-weight: 600 }
.small { font-size: 11px; fill: #6e7781 }
.own { font-weight: 600 }
.ground { fill: #ffffff }
.grid { stroke: #d0d7de; stroke-width: 1 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .small { fill: #9198a1 } .ground { fill: #0d1117 } .grid { stroke: #30363d }
}"""
LIMIT = "fast_durable"
NOTE = "The limit is a lean prototype, no product."
PANELS = [
    ("rate", "ack_ms", "Acknowledged, at 300 events/s"),
    ("rate", "e2e_ms", "Replied, at 300 events/s"),
    ("burst", "ack_ms", "Acknowledged, 1,000 events at once"),
    ("burst", "e2e_ms", "Replied, 1,000 events at once"),
]
Curves = dict[str, dict[str, float]]


def draw(results: dict[str, Any]) -> str:
    """The whole picture, as SVG."""
    peers = results["peers"]
    colours = {name: COLOURS[index % len(COLOURS)] for index, name in enumerate(sorted(peers, key=_criabot_first))}
    parts = _bars({name: _cpu(peer) for name, peer in peers.items()}, colours)
    below = TOP + len(peers) * (BAR + GAP) + 50
    for index, (shape, times, title) in enumerate(PANELS):
        curves = {name: peer["shapes"][shape][times] for name, peer in peers.items() if shape in peer["shapes"]}
        x, y = LABELS - 90 + index % 2 * (PANEL_WIDTH + 80), below + index // 2 * PANEL_STEP
        parts += _panel(title, {name: curve for name, curve in curves.items() if curve}, colours, x, y)
    machine, height = results["machine"], below + 2 * PANEL_STEP
    about = f"{machine['cpu']}, Python {machine['python']}, medians of {results['rounds']}, {results['date'][:10]}"
    parts.append(_text(MARGIN, height, about, "small"))
    size = f'viewBox="0 0 {WIDTH} {height + 20}" width="{WIDTH}" height="{height + 20}"'
    ground = '<rect class="ground" width="100%" height="100%"/>'
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" {size}>', f"<style>{STYLE}</style>", ground, *parts, "</svg>"]
    return "\n".join(lines) + "\n"


def _criabot_first(name: str) -> bool:
    return name != "criabot"


def _cpu(peer: dict[str, Any]) -> float:
    return float(peer["shapes"].get("closed", {}).get("cpu_ms_per_1k") or 0)


def _bars(values: dict[str, float], colours: dict[str, str]) -> list[str]:
    parts = [
        _text(MARGIN, 32, "CPU of the bot for 1,000 events", "title"),
        _text(MARGIN, 50, f"milliseconds; 64 events in flight, 1,000 conversations; less is better. {NOTE}", "small"),
    ]
    scale = (WIDTH - LABELS - MARGIN - 60) / max([*values.values(), 1])
    for row, (name, value) in enumerate(sorted(values.items(), key=lambda item: item[1])):
        y = TOP + row * (BAR + GAP)
        own = "own" if name == "criabot" else ""
        label = "the limit" if name == LIMIT else name
        parts.append(_text(LABELS - 10, y + 15, label, own, "end"))
        width = max(1, value * scale)
        parts.append(f'<rect x="{LABELS}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2" fill="{colours[name]}"/>')
        parts.append(_text(LABELS + width + 6, y + 15, f"{value:,.0f}" if value else "–", own))
    return parts


def _panel(title: str, curves: Curves, colours: dict[str, str], x: float, y: float) -> list[str]:
    parts = [_text(x - 36, y, title, "title"), _text(x - 36, y + 18, "milliseconds, by percentile", "small")]
    values = [value for curve in curves.values() for value in curve.values()]
    if not values:
        return [*parts, _text(x, y + 60, "not measured", "small")]
    top = y + 36
    low, high = math.floor(math.log10(max(min(values), 0.01))), math.ceil(math.log10(max(values) * 1.01))
    names = list(next(iter(curves.values())))

    def place(index: int, value: float) -> tuple[float, float]:
        share = (math.log10(max(value, 0.01)) - low) / (high - low)
        return x + index * PANEL_WIDTH / (len(names) - 1), top + PANEL_HEIGHT * (1 - share)

    for power in range(low, high + 1):
        line = place(0, 10.0**power)[1]
        parts.append(f'<line class="grid" x1="{x}" x2="{x + PANEL_WIDTH}" y1="{line:.1f}" y2="{line:.1f}"/>')
        parts.append(_text(x - 6, line + 4, f"{10.0**power:,g}", "small", "end"))
    for index, name in enumerate(names):
        parts.append(_text(place(index, 1)[0], top + PANEL_HEIGHT + 18, f"p{name}", "small", "middle"))
    # criabot last, so that it is on top
    for name, curve in sorted(curves.items(), key=lambda item: item[0] == "criabot"):
        points = [place(index, value) for index, value in enumerate(curve.values())]
        parts += _curve(points, colours[name], 3 if name == "criabot" else 1.8)
    return parts


def _curve(points: list[tuple[float, float]], colour: str, width: float) -> list[str]:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    line = f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linejoin="round"/>'
    return [line, *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{width}" fill="{colour}"/>' for x, y in points)]


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
