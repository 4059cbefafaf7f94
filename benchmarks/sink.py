"""The platform that the bots answer to: a bare protocol that answers every call with 200 and a small JSON.

It remembers of each reply that carries a marker: event, conversation, number, count and the time (CLOCK_MONOTONIC in
nanoseconds, which all processes of a machine share). The load generator reads and steers it with GET:

- ``/__count``: how many replies since the last reset;
- ``/__replies``: all of them, as a list;
- ``/__reset``: forget them;
- ``/__delay/30``: answer in 15 to 45 ms from now on; ``/__delay/0``: at once.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from typing import Any, cast

from benchmarks.common import HOST, SINK_PORT, run

MARKER = re.compile(rb"EVT_(\d+)_(\d+)_(\d+)_END_N_(\d+)_Z")
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def response(status: str, body: Any) -> bytes:
    """A whole HTTP response."""
    data = json.dumps(body, separators=(",", ":")).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


TELEGRAM_BOT = {"id": 123456789, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}
SLACK_MESSAGE = {"type": "message", "subtype": "bot_message", "text": "ok", "ts": "1795341600.000001"}
ANSWERS = {
    "telegram getMe": response(
        "200 OK",
        {"ok": True, "result": {**TELEGRAM_BOT, "can_join_groups": True, "supports_inline_queries": False}},
    ),
    "telegram": response(
        "200 OK",
        {
            "ok": True,
            "result": {
                "message_id": 77,
                "from": TELEGRAM_BOT,
                "chat": {"id": 5, "first_name": "Wandering", "last_name": "Visitor", "type": "private"},
                "date": 1795341600,
                "text": "ok",
            },
        },
    ),
    "slack auth": response(
        "200 OK",
        {"ok": True, "url": "https://x.slack.com/", "team": "T", "user": "bot", "team_id": "T0000001", "bot_id": "B1"},
    ),
    "slack": response(
        "200 OK", {"ok": True, "channel": "D00000001", "ts": "1795341600.000001", "message": SLACK_MESSAGE}
    ),
    "criachat": response(
        "200 OK",
        {
            "id": 991,
            "content": "ok",
            "inbox_id": 3,
            "conversation_id": 5,
            "message_type": 1,
            "content_type": "text",
            "status": "sent",
            "content_attributes": {},
            "created_at": 1795341600,
            "private": False,
            "source_id": None,
            "sender": {"id": 1, "name": "Bench bot", "type": "agent_bot"},
        },
    ),
    "criachat version": response(
        "200 OK", {"version": "4.15.1", "timestamp": "2026-11-22 10:00:00", "queue_services": "ok"}
    ),
    "criachat unknown": response("404 Not Found", {"error": "Resource could not be found"}),
}


def _kind(line: bytes) -> str:
    """Whose call a request line is."""
    if line.startswith(b"POST /bot"):
        return "telegram getMe" if line.endswith(b"getMe") else "telegram"
    if b"/api/auth.test" in line:
        return "slack auth"
    if b"/api/chat.postMessage" in line:
        return "slack"
    if line == b"GET /api":
        return "criachat version"
    return "criachat unknown" if b"/conversations/0/" in line else "criachat"


class Platform:
    """What the connections share.

    Attributes:
        replies: event, conversation, number, count, nanoseconds.
        delay: seconds that an answer takes, on average.
    """

    def __init__(self) -> None:
        self.replies: list[tuple[int, int, int, int, int]] = []
        self.delay = 0.0

    def control(self, path: str) -> Any:
        """Answer the load generator."""
        if path == "count":
            return len(self.replies)
        if path == "replies":
            return self.replies
        if path.startswith("delay/"):
            self.delay = float(path.removeprefix("delay/")) / 1000
        elif path == "reset":
            self.replies.clear()
        return None


class Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, platform: Platform) -> None:
        self._platform, self._buffer = platform, b""
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        buffer = self._buffer + data
        while (head := buffer.find(b"\r\n\r\n")) >= 0 and (end := _end(buffer, head)):
            self._answer(buffer[:end], head)
            buffer = buffer[end:]
        self._buffer = buffer

    def _answer(self, request: bytes, head: int) -> None:
        line = request[: request.find(b" HTTP/")]
        if line.startswith(b"GET /__"):
            self._transport.write(response("200 OK", self._platform.control(line[7:].decode())))
            return
        answer, found = ANSWERS[_kind(line)], MARKER.search(request, head)
        if found:
            event, conversation, number, count = map(int, found.groups())
            self._platform.replies.append((event, conversation, number, count, time.monotonic_ns()))
        if found and self._platform.delay:
            self._loop.call_later(self._platform.delay * random.uniform(0.5, 1.5), self._transport.write, answer)  # noqa: S311
        else:
            self._transport.write(answer)


def _end(buffer: bytes, head: int) -> int:
    """Where the first request ends; 0 when it is not complete."""
    if length := LENGTH.search(buffer, 0, head):
        end = head + 4 + int(length[1])
    elif b"hunked" in buffer[:head]:
        last = buffer.find(b"\r\n0\r\n\r\n", head)
        end = last + 7 if last >= 0 else len(buffer) + 1
    else:
        end = head + 4
    return end if end <= len(buffer) else 0


async def main() -> None:
    """Serve until the end of the process."""
    platform = Platform()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(platform), HOST, SINK_PORT, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    sys.setswitchinterval(1)
    run(main())
