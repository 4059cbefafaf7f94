"""Broken requests in any pieces: the plain way never reads anything else into them than aiohttp."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.server.ways import EVENT, OPEN_PATH, Accepted, Ways, answers, both_ways, request, settled

STAMP = {"X_Chatwoot_Timestamp": "1700000000", "X_Chatwoot_Signature": "sha256=0"}
TWO = request(path=OPEN_PATH, **STAMP) + request(
    EVENT[:-1] + b',"a":"b"}', path=OPEN_PATH, Connection="keep-alive", **STAMP
)
"""Nothing verifies what comes on this path, so that a request which was understood wrongly is taken, not refused."""

PIECES_OF_HTTP = [
    *(b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b",", b";", b"\xff", b"%2f", b"?", b"#", b"1", b"0", b"+", b"-"),
    *(
        b"Content-Length: 5\r\n",
        b"content-length:44\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding : chunked\r\n",
    ),
    *(
        b"Connection: close\r\n",
        b"Connection: keep-alive, close\r\n",
        b"Proxy-Connection: close\r\n",
        b"Connection:\r\n",
    ),
    *(
        b"Expect: 100-continue\r\n",
        b"Upgrade: h2c\r\n",
        b"X-A: b\r\n",
        b" folded\r\n",
        b"\r\n\r\n",
        b"POST / HTTP/1.1\r\n",
    ),
]
LINES = [index + 2 for index in range(len(TWO)) if TWO.startswith(b"\r\n", index)]

changes = st.tuples(
    st.integers(0, len(TWO) - 1) | st.sampled_from(LINES),
    st.integers(0, 3),
    st.sampled_from(PIECES_OF_HTTP) | st.binary(max_size=2),
)
"""Where, how many bytes go, and what comes in their place."""


def changed(sent: bytes, where: int, gone: int, instead: bytes) -> bytes:
    return sent[:where] + instead + sent[where + gone :]


def in_pieces(sent: bytes, cuts: Iterable[int]) -> list[bytes]:
    marks = sorted({0, len(sent), *(cut % (len(sent) + 1) for cut in cuts)})
    return [sent[a:b] for a, b in pairwise(marks)]


@dataclass
class Outcome:
    """What a way made of what was sent."""

    statuses: list[int]
    taken: list[Accepted]
    is_closed: bool

    def is_cut_short(self, whole: Outcome) -> bool:
        """Whether it is the other one up to an error, with nothing else taken.

        What comes to aiohttp in one piece with something that is not HTTP is not even looked at.
        """
        *good, last = self.statuses or [0]
        return (
            last == 400
            and good == whole.statuses[: len(good)]
            and self.taken == whole.taken[: len(self.taken)]
            and (self.is_closed, whole.is_closed) == (True, True)
        )


async def outcome(ways: Ways, way: Callable[[], asyncio.Protocol], pieces: Sequence[bytes], rest: int = 3) -> Outcome:
    wire, taken = await ways.say(way, pieces, rest)
    wire.close()
    await settled()
    return Outcome([status for status, _ in answers(wire.said)], taken, wire.was_closed)


def test_no_request_means_one_thing_here_and_another_to_aiohttp(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    with asyncio.Runner() as runner:
        entered = both_ways()
        ways = runner.run(entered.__aenter__())

        @settings(max_examples=300)
        @given(st.lists(changes, max_size=3), st.lists(st.integers(0, 10_000), max_size=4))
        @example([], [])
        def check(mutations: list[tuple[int, int, bytes]], cuts: list[int]) -> None:
            sent = TWO
            for mutation in mutations:
                sent = changed(sent, *mutation)
            runner.run(ways.forget())
            pieces, bytewise = in_pieces(sent, cuts), in_pieces(sent, range(len(sent)))
            short = runner.run(outcome(ways, ways.plain, pieces))
            if short != runner.run(outcome(ways, ways.http, pieces)):  # aiohttp's answers depend on the pieces
                long = runner.run(outcome(ways, ways.http, bytewise, rest=0))
                assert short == long or short.is_cut_short(long), sent

        check()
        runner.run(entered.__aexit__(None, None, None))
    assert caplog.records == []
