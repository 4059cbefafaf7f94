"""Invariant L, as a check on the keys of a real server."""

from __future__ import annotations

from typing import Any, cast

import redis


def assert_live(client: redis.Redis, namespace: str) -> None:
    """No lane waits for ever: what has an event or a reply is in sched, at or before its lease end or due time."""
    seconds, micros = client.time()
    now = seconds * 1000 + micros // 1000
    work = {
        key.decode().rpartition(":")[0] for part in ("q", "ob") for key in _keys(client, f"cb:{namespace}:*:{part}")
    }
    for prefix in work:
        partition, _, lane = prefix.rpartition(":")
        at = client.zscore(f"{partition}:sched", lane)
        assert at is not None, f"{lane} has work, and nobody will ever look at it"
        latest = _latest(client, prefix, now)
        assert at <= latest, f"{lane} is looked at {at - latest:.0f} ms too late"


def _latest(client: redis.Redis, prefix: str, now: int) -> float:
    """When a lane with work must be looked at."""
    m = {name.decode(): value for name, value in cast("dict[bytes, bytes]", client.hgetall(f"{prefix}:m")).items()}
    if float(m.get("x", 0)) > now:
        return float(m["x"])
    head = cast("list[tuple[bytes, float]]", client.zrange(f"{prefix}:q", 0, 0, withscores=True))
    backoff = max(now, float(m.get("b", 0)))
    if head and head[0][1] < 0:  # urgent: waits for nothing but its own backoff
        return backoff if m.get("h") == head[0][0] else now
    if client.exists(f"{prefix}:ob"):
        return backoff
    is_held = (head[0][1], head[0][0]) > (float(m.get("r", 0)), m.get("ri", b""))
    return max(backoff, float(m.get("hu", 0))) if is_held else backoff


def _keys(client: redis.Redis, pattern: str) -> list[bytes]:
    return cast("Any", client.keys(pattern))  # type: ignore[no-any-return]
