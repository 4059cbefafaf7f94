"""The endpoint that gets the webhooks, and fails as the recorded one did."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from criabot.platform import sign
from criabot.testing.verify.names import Names
from criabot.testing.verify.scenarios import ATTEMPT, Hook, Scenario

__all__ = ["Endpoint"]

SENDERS = {
    "/agent-bot": "agent_bot",
    "/account-webhook": "account",
    "/api-inbox": "api_inbox",
    "/automation": "automation_rule",
    "/macro": "macro",
}


class Endpoint:
    """An HTTP server for webhooks; an async context manager.

    Args:
        scenario: what was recorded; the n-th delivery of an event is answered as the n-th recorded one was.
        clock: seconds since the scenario began.
        secret: the key of the sender that posts to a path, None if it has none.
        names: ids of the recording and of the replay.

    Attributes:
        hooks: what arrived, in order.
        step: the number of the step being replayed.
    """

    def __init__(
        self, scenario: Scenario, clock: Callable[[], float], secret: Callable[[str], str | None], names: Names
    ) -> None:
        self._clock = clock
        self._secret = secret
        self._names = names
        self._senders = {hook.path: hook.sender for hook in scenario.hooks}
        self._recorded: dict[Any, deque[Hook]] = defaultdict(deque)
        for hook in scenario.hooks:
            self._recorded[hook.path, hook.event, hook.subject].append(hook)
        self._moved = _moved(scenario.hooks)
        self._waiting: list[tuple[float, asyncio.Future[None]]] = []
        self._seen: set[str] = set()
        self.hooks: list[Hook] = []
        self.step = 0

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=100 * 1024**2)
        app.router.add_post("/{path:.*}", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for _due, waiting in self._waiting:
            waiting.cancel()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Its base URL."""
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    def next_due(self) -> float | None:
        """When the next slow answer is due, on the clock."""
        return min((due for due, waiting in self._waiting if not waiting.done()), default=None)

    def release(self) -> None:
        """Give the answers that are due."""
        for due, waiting in self._waiting:
            if due <= self._clock() and not waiting.done():
                waiting.set_result(None)

    async def _take(self, request: web.Request) -> web.Response:
        raw = await request.read()
        hook = self._hook(request, raw)
        self.hooks.append(hook)
        recorded = self._answered_as(hook)
        if recorded is None or recorded.answered is None:
            return web.Response()
        if recorded.answered_after > 0.1:
            await self._wait(recorded.answered_after)
        if not isinstance(recorded.answered, int):
            return web.Response()
        target = self._moved.get(recorded.headers.get(ATTEMPT, ""), "")
        headers = {"Location": self.url + target} if 300 <= recorded.answered < 400 else {}
        return web.Response(status=recorded.answered, headers=headers)

    def _hook(self, request: web.Request, raw: bytes) -> Hook:
        path, headers = request.path, dict(request.headers)
        hook = Hook(self._sender(path), path, headers, raw.decode(), self._clock(), self.step, order=len(self.hooks))
        attempt = headers.get(ATTEMPT, "")
        hook.is_repeat = attempt in self._seen
        self._seen |= {attempt} - {""}
        if (signature := headers.get("X-Chatwoot-Signature")) is not None:
            secret = self._secret(path) or ""
            timestamp = headers.get("X-Chatwoot-Timestamp", "")
            is_now = timestamp.isdigit() and abs(self._names.began + self._clock() - int(timestamp)) <= 1
            hook.is_signed = is_now and signature == sign(secret, timestamp, raw)
        return hook

    def _sender(self, path: str) -> str:
        known = self._senders.get(path)
        return known or next((name for start, name in SENDERS.items() if path.startswith(start)), path)

    def _answered_as(self, hook: Hook) -> Hook | None:
        for (path, event, subject), recorded in self._recorded.items():
            is_same = path == hook.path and event == hook.event and recorded
            if is_same and hook.subject in (subject, self._names.number("messages", subject)):
                return recorded.popleft()
        return None

    async def _wait(self, seconds: float) -> None:
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append((self._clock() + seconds, waiting))
        await waiting


def _moved(hooks: list[Hook]) -> dict[str, str]:
    """Where a redirect led to, by delivery id: the path at which the same delivery arrived next."""
    redirected = {
        h.headers.get(ATTEMPT, ""): h for h in hooks if isinstance(h.answered, int) and 300 <= h.answered < 400
    }
    return {
        attempt: hook.path
        for hook in hooks
        if (attempt := hook.headers.get(ATTEMPT, "")) in redirected and hook is not redirected[attempt]
    }
