"""The shapes of load that every peer is measured with, and those of criabot alone."""

from __future__ import annotations

from statistics import median
from typing import Any

from benchmarks.load import Outcome
from benchmarks.roster import Peer
from benchmarks.stack import Bot, Stack

WARM_UP = 800  # events
SLOW = 30  # milliseconds that the platform takes on average in `slow` and `hot`

SHAPES: dict[str, dict[str, Any]] = {
    "closed": {"lines": 64, "conversations": 1000},  # as many events as the peer is given
    "rate": {"arrival": "rate", "rate": 300, "events": 900, "lines": 200, "conversations": 1000},
    "burst": {"arrival": "burst", "events": 1000, "lines": 200, "conversations": 200},
    "dup": {"events": 2000, "lines": 64, "conversations": 64, "duplicated": 0.1},
    "slow": {"events": 1500, "lines": 64, "conversations": 64},
    "hot": {"events": 400, "lines": 8, "conversations": 8},
}
_SLEEP = {"wish": "(sleep 1)"}
OWN_SHAPES: dict[str, dict[str, Any]] = {
    "rate_sleeping": {**SHAPES["rate"], **_SLEEP},
    "burst_sleeping": {**SHAPES["burst"], **_SLEEP},
    # Slower than `rate`: at 300/s the blocked time alone would be more than there is.
    "rate_blocking": {
        **SHAPES["rate"],
        "rate": 100,
        "events": 300,
        "wish": "(block 0.2)",
        "wish_every": 50,
        "fresh": True,
    },
}
FAULTS = ("lost", "duplicated", "reordered", "wrong_state")
Figures = dict[str, Any]


def shapes_of(peer: Peer, wanted: list[str]) -> list[str]:
    """The wanted shapes that a peer takes part in."""
    return [shape for shape in wanted if peer.is_criabot or shape not in OWN_SHAPES]


def measure(peer: Peer, shapes: list[str], events: int = 0) -> dict[str, Figures]:
    """One round of a peer, from an empty Valkey and a fresh process, by shape.

    Args:
        peer: whom.
        shapes: of `SHAPES` and `OWN_SHAPES`, in this order.
        events: of the closed shape; the peer's own number if 0.
    """
    with Stack() as stack, stack.serving(peer) as bot:
        stack.load(bot, events=min(WARM_UP, events or WARM_UP))
        return {shape: _measure(stack, bot, shape, events) for shape in shapes}


def _measure(stack: Stack, bot: Bot, shape: str, events: int) -> Figures:
    fields = {"events": events or bot.peer.events, **SHAPES.get(shape, {}), **OWN_SHAPES.get(shape, {})}
    stack.ask_sink(f"delay/{SLOW if shape in ('slow', 'hot') else 0}")
    return figures(stack.load(bot, **fields))


def figures(outcome: Outcome) -> Figures:
    """What the results say of one load; CPU in milliseconds for 1,000 events."""
    cpu = outcome.cpu_ms_per_1k
    return {
        "cpu_ms_per_1k": cpu["bot"],
        "redis_cpu_ms_per_1k": cpu["redis"],
        "events_per_s": outcome.events_per_s,
        "ack_p50_ms": outcome.ack_ms.get("50"),
        "ack_p99_ms": outcome.ack_ms.get("99"),
        "e2e_p50_ms": outcome.e2e_ms.get("50"),
        "e2e_p99_ms": outcome.e2e_ms.get("99"),
        "ack_ms": outcome.ack_ms,
        "e2e_ms": outcome.e2e_ms,
        **{fault: getattr(outcome, fault) for fault in FAULTS},
        "errors": sum(outcome.errors.values()),
        "other_cpu": outcome.other_cpu,
    }


def summary(rounds: list[Figures]) -> Figures:
    """The median of every figure over the rounds; of faults and errors the worst round."""
    result: Figures = {}
    for name, first in rounds[0].items():
        values = [figures[name] for figures in rounds]
        if isinstance(first, dict):
            result[name] = summary(values)
        elif name in FAULTS or name == "errors":
            result[name] = max(values)
        else:
            known = [value for value in values if value is not None]
            result[name] = round(median(known), 3) if known else None
    return result
