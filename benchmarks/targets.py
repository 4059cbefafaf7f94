"""What criabot is to reach, and whether it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.shapes import FAULTS

Results = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """One of them.

    Attributes:
        name: what is measured.
        limit: the most that the value may be.
        unit: of limit and value.
        value: found in the results; raises KeyError where that was not measured.
    """

    name: str
    limit: float
    unit: str
    value: Callable[[Results], float | None]


def _shape(peer: str, shape: str, name: str) -> Callable[[Results], Any]:
    return lambda results: results["peers"][peer]["shapes"][shape][name]


def _share_of(peer: str) -> Callable[[Results], float]:
    own, other = _shape("criabot", "closed", "cpu_ms_per_1k"), _shape(peer, "closed", "cpu_ms_per_1k")
    return lambda results: float(own(results) / other(results))


def _faults(results: Results) -> float:
    """Of all rounds of criabot's shapes, and of the known conversations and the processes."""
    rows = [*results["peers"]["criabot"]["shapes"].values(), *results.get("growth", []), *results.get("processes", [])]
    return float(sum(row[fault] for row in rows for fault in FAULTS) + results.get("flight", {}).get("lost", 0))


def _spread(section: str) -> Callable[[Results], float]:
    """The dearest row's CPU of bot and Valkey, as a multiple of the first row's."""

    def value(results: Results) -> float:
        costs = [row["cpu_ms_per_1k"] + row["redis_cpu_ms_per_1k"] for row in results[section]]
        return float(max(costs) / costs[0])

    return value


def _peak(results: Results) -> float:
    if not results["flight"]["all_at_once"]:  # some handlers were done before the last began: it shows nothing
        raise KeyError("flight")
    return float(results["flight"]["rss_peak_mb"])


TARGETS = [
    Target("CPU for 1,000 events", 250, "ms", _shape("criabot", "closed", "cpu_ms_per_1k")),
    Target("CPU per event, of aiogram's", 1 / 8, "×", _share_of("aiogram_bg")),
    Target("CPU per event, of FastStream's", 1 / 5, "×", _share_of("faststream_conc")),
    Target("CPU per event, of hand-written code's", 1 / 2, "×", _share_of("raw_inline")),
    Target("lost, duplicated, reordered, wrong state", 0, "", _faults),
    Target("acknowledged at 300/s, p99", 10, "ms", _shape("criabot", "rate", "ack_p99_ms")),
    Target(
        "acknowledged at 300/s while handlers sleep, p99", 10, "ms", _shape("criabot", "rate_sleeping", "ack_p99_ms")
    ),
    Target("acknowledged in a burst of 1,000, p99", 50, "ms", _shape("criabot", "burst", "ack_p99_ms")),
    Target(
        "acknowledged in a burst while handlers sleep, p99", 50, "ms", _shape("criabot", "burst_sleeping", "ack_p99_ms")
    ),
    Target("replied at 300/s, p50", 5, "ms", _shape("criabot", "rate", "e2e_p50_ms")),
    Target("CPU with many known conversations, Valkey's too, of that with 10", 1.2, "×", _spread("growth")),
    Target("CPU with several processes, Valkey's too, of that with 1", 1.2, "×", _spread("processes")),
    Target("idle conversation in Valkey", 1200, "B", lambda results: results["growth"][-1]["bytes_per_conversation"]),
    Target("bot with 10,000 turns in flight", 300, "MB", _peak),
]


def judge(results: Results) -> list[dict[str, Any]]:
    """Every target with its value and whether it is met; None where nothing was measured."""
    judged = []
    for target in TARGETS:
        try:
            value = target.value(results)
        except KeyError:
            value = None
        met = None if value is None else value <= target.limit
        judged.append({"name": target.name, "limit": target.limit, "unit": target.unit, "value": value, "met": met})
    return judged
