"""Names of the Redis keys: one hash tag per partition, so that all keys of a lane share a cluster slot.

``cb:<namespace>:{<partition>}:sched`` and ``…:dlq`` belong to a partition, ``…:spool`` and ``…:alive`` to the first,
``cb:<namespace>:{<partition>}:<lane>:<part>`` to a lane. The namespace keeps bots apart that share one Redis.
``cb:<namespace>:meta`` and ``…:clock`` (how far a virtual clock is ahead, in tests) are of the whole bot.
"""

from __future__ import annotations

import re
import zlib
from functools import lru_cache

from criabot.engine.wire import words
from criabot.errors import SettingsError

__all__ = ["LANE_WORDS", "Keys"]

PARTITION_PARTS = frozenset({"sched", "dlq"})
LANE_KEYS = 7
LANE_WORDS = LANE_KEYS + 2  # their number before them, the lane after them
REMEMBERED = 4096  # lanes


class Keys:
    """Key names of one bot.

    Args:
        namespace: letters, digits, ``.``, ``-`` and ``_`` only.
        partitions: how many slots the lanes spread over; fixed for the life of the data.
    """

    def __init__(self, namespace: str, partitions: int) -> None:
        if not re.fullmatch(r"[A-Za-z0-9._-]+", namespace):
            raise SettingsError(
                f"{namespace!r} (the bot's name, then the account) cannot be used in Redis keys: give the bot a name "
                "of letters, digits, '.', '-' and '_', as in Bot(\"my-bot\")."
            )
        self.partitions = partitions
        self.meta = f"cb:{namespace}:meta"
        self.clock = f"cb:{namespace}:clock"
        self.all = f"cb:{namespace}:*"
        self._prefixes = [f"cb:{namespace}:{{{number}}}:" for number in range(partitions)]
        self.words = lru_cache(maxsize=REMEMBERED)(self._words)

    def of_partition(self, number: int, part: str) -> str:
        """The key of a partition's part (``sched``, ``dlq``, ``spool`` or ``alive``)."""
        return self._prefixes[number] + part

    def of_lane(self, lane: str, parts: tuple[str, ...]) -> list[str]:
        """The keys of some of a lane's parts, in that order."""
        prefix = self._prefixes[zlib.crc32(lane.encode()) % self.partitions]
        return [prefix + part if part in PARTITION_PARTS else f"{prefix}{lane}:{part}" for part in parts]

    def _words(self, lane: str) -> bytes:
        """What every script of a lane is given first, as it goes over the wire: all its keys, and its name."""
        partition = self._prefixes[zlib.crc32(lane.encode()) % self.partitions]
        own = f"{partition}{lane}:"
        shared = (LANE_KEYS, partition + "sched", partition + "dlq")
        return words((*shared, own + "m", own + "q", own + "e", own + "ob", own + "dd", lane))
