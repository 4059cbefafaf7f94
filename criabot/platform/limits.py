"""Staying below the platform's limits (contract 5.10): one token bucket for each thing that it counts.

The platform counts in windows of the clock, whose beginning we do not know, for all who share an address. A bucket
that holds a fifth of nine tenths of a limit and fills at four fifths of them never lets more than nine tenths through
in any time as long as the window, whatever its beginning (`test_no_window_sees_more_than_the_limit`). The rest is for
calls that are longer on their way than others.

A call takes from the buckets of all things that it counts for at the moment at which it leaves, or from none: a permit
that is taken early and used late would bunch up with others. Who waits, waits at the door of the rarest bucket first
and then at the next one's. Doors are passed in the order of coming, and who gives up while waiting has taken nothing.
After a 429 a bucket is shut until the platform's next window, for those who wait already, too.

Several processes share buckets in a Redis (`criabot.platform.shared`). There a process takes a few permits at a time,
which are soon worth nothing, so that they cannot bunch up either.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

__all__ = ["RATES", "Bucket", "Counter", "Grant", "Limiter", "Rate", "SharedBuckets", "next_window", "rates"]

HOUR = 3600.0
MINUTE = 60.0
RESERVE = 0.1
BURST = 0.2
JITTER = 0.05  # of the window
FLOOD = "messages"
"""Counted for each conversation. Above it the platform answers 422, not 429; and as one process at a time works on a
conversation, it is counted here only."""
MOST_PERMITS = 64
PERMIT_SECONDS = 1.0
AT_ONCE_SECONDS = 0.005
MOST_BUCKETS = 1000

Counter: TypeAlias = tuple[str, str]
"""What is counted, and for whom: ``("search", "3")`` for account 3."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many calls in any such time.

    Attributes:
        calls: at least 1.
        seconds: of the platform's window.
    """

    calls: int
    seconds: float = MINUTE

    def __post_init__(self) -> None:
        if self.calls < 1 or self.seconds <= 0:
            raise ValueError("a rate takes at least one call, and a window longer than nothing")

    @property
    def interval(self) -> float:
        """Seconds between two calls when the bucket is empty."""
        return self.seconds / (self.calls * (1 - RESERVE) * (1 - BURST))

    @property
    def slack(self) -> float:
        """How far ahead of its time a call may go: what the bucket holds but for one call, in seconds."""
        return max(0.0, self.calls * (1 - RESERVE) * BURST - 1) * self.interval


RATES: Mapping[str, Rate] = {
    "all": Rate(3000),
    "meta": Rate(30),
    "search": Rate(100),
    "reports": Rate(100),
    "upload": Rate(60, HOUR),
    "transcript": Rate(1000, HOUR),
    FLOOD: Rate(200),
}
"""The platform's own limits; whoever runs it can set others."""


def rates(calls_per_minute: int) -> dict[str, Rate]:
    """`RATES`, for an address that may make so many calls in a minute."""
    return {**RATES, "all": Rate(calls_per_minute)}


class Grant(NamedTuple):
    """What shared buckets gave.

    Attributes:
        calls: that may be made now.
        seconds: until it is worth asking again, where there are none.
    """

    calls: int
    seconds: float = 0.0


class SharedBuckets(Protocol):
    """Buckets of several processes; when they are out of order they grant what is asked, and hold nobody up."""

    async def take(self, name: str, rate: Rate, calls: int) -> Grant:
        """Take up to so many calls from a bucket."""

    async def shut(self, name: str, seconds: float) -> None:
        """Let nobody take from a bucket for some time."""


class Bucket:
    """A bucket of one process: the moment at which it would be full says all (the generic cell rate algorithm).

    Args:
        rate: what it lets through.

    Attributes:
        name: in the shared buckets; empty when it is not shared.
        door: who wants to take from it waits here.
        waiting: how many do.
    """

    def __init__(self, rate: Rate, name: str = "") -> None:
        self.rate = rate
        self.name = name
        self.door = asyncio.Lock()
        self.waiting = 0
        self._interval, self._slack = rate.interval, rate.slack
        self._full_at = self._open_at = float("-inf")
        self._permits, self._permits_end = 0, float("-inf")
        self._batch, self._largest = 1, max(1, min(MOST_PERMITS, rate.calls // 50))

    def wait(self, now: float) -> float:
        """Seconds until a call may be taken; not above 0 when now."""
        return max(self._full_at - self._slack, self._open_at) - now

    def take(self, now: float) -> None:
        """Take a call."""
        self._full_at = max(self._full_at, now) + self._interval
        self._permits -= 1

    def shut(self, until: float) -> None:
        """Let nobody take before this."""
        self._open_at = max(self._open_at, until)
        self._permits = 0

    def is_spare(self, now: float) -> bool:
        """Whether nobody would miss it: it is full and open."""
        return not self.waiting and max(self._full_at, self._open_at) <= now

    def has_permit(self, now: float) -> bool:
        """Whether the shared bucket has given one that is still worth something."""
        return self._permits > 0 and now < self._permits_end

    async def fetch(self, shared: SharedBuckets, timer: Callable[[], float]) -> None:
        """Take permits from the shared bucket, as many as were used last time, or more; shut until it has any."""
        began = timer()
        if began < self._permits_end:  # these did not last
            self._batch = min(self._batch * 2, self._largest)
        else:
            self._batch = max(1, self._batch - max(0, self._permits))
        grant = await shared.take(self.name, self.rate, self._batch)
        self._permits = grant.calls
        # From before it was asked for; but who has waited for it may use it, however slow the answer was.
        self._permits_end = max(began + min(PERMIT_SECONDS, self.rate.seconds / 20), timer() + AT_ONCE_SECONDS)
        if not grant.calls:
            self._open_at = max(self._open_at, timer() + grant.seconds)


class Limiter:
    """Lets calls go when the platform will take them.

    One may serve several clients, which then stay below the limits together.

    Args:
        rates: the limit of each thing that is counted; what has none is not limited.
        shared: buckets of several processes, asked besides those of this one.
        clock: epoch seconds, for the end of the platform's window.
        timer: seconds that only go on, as the event loop sleeps by them.
    """

    def __init__(
        self,
        rates: Mapping[str, Rate] = RATES,
        shared: SharedBuckets | None = None,
        *,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rates = rates
        self._shared = shared
        self._clock = clock
        self._timer = timer
        self._buckets: dict[Counter, Bucket] = {}

    def passes(self, counters: Sequence[Counter]) -> bool:
        """Whether a call that counts for these may go now, and overtakes nobody who waits; then it is counted."""
        now = self._timer()
        buckets = self._wanted(counters, now)
        for bucket in buckets:
            if bucket.waiting:
                return False
        return self._take(buckets, now)

    async def admit(self, counters: Sequence[Counter]) -> None:
        """Return when a call may go that counts for these, the rarest last; then it is counted."""
        if not self.passes(counters):
            await self._enter(self._wanted(counters, self._timer())[::-1], [])

    def seconds_until(self, counters: Sequence[Counter]) -> float:
        """How long such a call would have to wait at least."""
        now = self._timer()
        return max([0.0, *(bucket.wait(now) for bucket in self._wanted(counters, now))])

    async def refused(self, counters: Sequence[Counter], seconds: float | None = None) -> None:
        """The platform answered 429: nobody calls before its next window.

        It does not tell which of its limits that was, so it is taken to be the rarest.

        Args:
            counters: of the call.
            seconds: to wait, where they were told.
        """
        limited = [each for each in counters if each[0] in self._rates and each[0] != FLOOD]
        if not limited:
            return
        now = self._timer()
        bucket = self._bucket(limited[-1], now)
        window = min(bucket.rate.seconds, MINUTE)
        if seconds is None:
            seconds = next_window(self._clock(), window)
        seconds = min(seconds, MINUTE)  # a proxy may ban us for a day: then the next call will tell
        if bucket.wait(now) >= seconds:
            return  # others were refused, too, and have said so
        seconds += random.random() * window * JITTER  # noqa: S311 - so that not all processes come back at once
        bucket.shut(now + seconds)
        if self._shared is not None:
            await self._shared.shut(bucket.name, seconds)

    async def _enter(self, ahead: Sequence[Bucket], inside: Sequence[Bucket]) -> bool:
        """Go through the doors ahead and take from all buckets; False when one behind became empty meanwhile."""
        if not ahead:
            await self._fetch(inside)
            return self._take(inside, self._timer())
        bucket = ahead[0]
        bucket.waiting += 1
        try:
            async with bucket.door:
                while True:
                    await self._until_ready(bucket)
                    if await self._enter(ahead[1:], [*inside, bucket]):
                        return True
                    if any(each.wait(self._timer()) > 0 for each in inside):
                        return False
        finally:
            bucket.waiting -= 1

    async def _until_ready(self, bucket: Bucket) -> None:
        while (wait := bucket.wait(self._timer())) > 0:  # noqa: ASYNC110 - it may be shut while one sleeps
            await asyncio.sleep(wait)

    async def _fetch(self, buckets: Sequence[Bucket]) -> None:
        """See to it that there are permits of the shared buckets, of the rarest only once there are of the others."""
        for bucket in reversed(buckets):
            if self._shared is not None and not self._is_permitted(bucket, self._timer()):
                await bucket.fetch(self._shared, self._timer)
            if bucket.wait(self._timer()) > 0:
                return

    def _take(self, buckets: Sequence[Bucket], now: float) -> bool:
        """Take from all buckets, or from none."""
        for bucket in buckets:
            if bucket.wait(now) > 0 or not self._is_permitted(bucket, now):
                return False
        for bucket in buckets:
            bucket.take(now)
        return True

    def _is_permitted(self, bucket: Bucket, now: float) -> bool:
        return self._shared is None or not bucket.name or bucket.has_permit(now)

    def _wanted(self, counters: Sequence[Counter], now: float) -> list[Bucket]:
        return [self._bucket(each, now) for each in counters if each[0] in self._rates]

    def _bucket(self, counter: Counter, now: float) -> Bucket:
        found = self._buckets.get(counter)
        if found is None:
            if len(self._buckets) >= MOST_BUCKETS:
                self._forget(now)
            what, whose = counter
            name = "" if what == FLOOD else f"{what}:{whose}"
            found = self._buckets[counter] = Bucket(self._rates[what], name)
        return found

    def _forget(self, now: float) -> None:
        """Drop the buckets of conversations in which nothing happens; the others are few."""
        for counter, bucket in list(self._buckets.items()):
            if counter[0] == FLOOD and bucket.is_spare(now):
                del self._buckets[counter]


def next_window(now: float, seconds: float = MINUTE) -> float:
    """Seconds until the platform begins to count anew: at the next full minute of its clock (contract 5.10)."""
    return seconds - now % seconds
