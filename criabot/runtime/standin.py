"""The stand-in: takes webhooks while a handler blocks the event loop.

The platform waits five seconds for an answer, and sends no webhook again that got none (contract 1.3, 1.5). A handler
that computes or waits without ``await`` would lose all that comes in meanwhile. So when the watchdog sees one, a second
event loop, in a thread of its own and with its own connection to Redis, accepts connections at the same port: it stores
events in their lanes as another process would, and leaves turns, and everything else, to the first.

The thread begins with the first blockade. Until then nothing of this costs anything.

It cannot help where code in C keeps Python's lock, nor those whose connection was open before: so after a long blockade
connections are not kept open for a time. While the first loop has events of a burst to sort, which it does before any
turn, what comes in here may get to its lane before them; a turn that is running then can find it there first.
"""

from __future__ import annotations

import asyncio
import logging
import math
import socket
import threading
import time
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Any, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

from criabot.engine.lanes import Grant
from criabot.engine.spool import Spool
from criabot.engine.store import Store
from criabot.engine.worker import Worker
from criabot.errors import StoreError
from criabot.platform import parse_event
from criabot.runtime.intake import Accepted, Sorter
from criabot.runtime.listening import Listener, Readiness, reception, webhook_settings
from criabot.server import PlainServer, Webhook, create_app
from criabot.settings import Settings

__all__ = ["StandIn"]

logger = logging.getLogger("criabot.webhook")

AT_ONCE = 64
LOOK_SECONDS = 0.005
ALIVE_SECONDS = 2.0
TROUBLE_SECONDS = 1.0
LONG_SECONDS = 0.2
UNKEPT_SECONDS = 600.0

T = TypeVar("T")


class StandIn:
    """Takes webhooks while it is told to.

    Args:
        settings: as for `listening`.
        listener: its port is shared.
        store: gives it a connection of its own.
        sorter: as the first event loop has it.
        worker: runs there, and hears of what comes in.
        ready: answers there.
    """

    def __init__(
        self, settings: Settings, listener: Listener, store: Store, sorter: Sorter, worker: Worker, ready: Readiness
    ) -> None:
        self._settings = settings
        self._listener = listener
        self._store = store
        self._sorter = sorter
        self._ready = ready
        self._first = asyncio.get_running_loop()
        self._worker = _FarWorker(self._first, worker)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_wanted = self._is_closed = False
        self._since = 0.0
        self._end: asyncio.Event
        self._ports: list[socket.socket] = []
        self._arriving: set[asyncio.Task[Any]] = set()

    def begin(self) -> None:
        """Take webhooks from now on; from any thread."""
        with self._lock:
            if self._is_closed:
                return
            self._is_wanted, self._since = True, time.monotonic()
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._follow)
            elif self._thread is None:
                thread = threading.Thread(target=self._run, name="criabot-stand-in", daemon=True)
                try:
                    thread.start()
                except RuntimeError as error:  # too many of them
                    logger.warning("webhooks wait while a handler blocks: %s", error)
                else:
                    self._thread = thread

    def end(self) -> None:
        """Accept no more; connections that were accepted are served to their end. From any thread."""
        with self._lock:
            if self._is_wanted and time.monotonic() - self._since > LONG_SECONDS:
                self._listener.keep_no_connections(UNKEPT_SECONDS)
            self._is_wanted = False
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._follow)

    async def close(self) -> None:
        """End for good."""
        self.end()
        with self._lock:
            self._is_closed, thread = True, self._thread
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._end.set)
        if thread is not None:
            await asyncio.to_thread(thread.join)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=type(self._first)) as runner:
                runner.run(self._serve())
        except Exception:
            logger.exception("webhooks wait while a handler blocks: what should take them has failed")
            with self._lock:
                self._thread = None  # the next blockade tries again

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            lanes, spool = await stack.enter_async_context(self._store.apart())
            sorter = self._sorter.beside(lanes, self._worker)
            webhook = Webhook(webhook_settings(self._settings), partial(self._accept, sorter))
            app = create_app(webhook, self._problems)
            app.middlewares.append(self._answered_there)
            plain, _ = await stack.enter_async_context(reception(webhook, app))
            plain.kept_from = math.inf
            self._ports = [stack.enter_context(port) for port in self._listener.ports()]
            self._plain = plain
            self._end = asyncio.Event()
            stack.callback(self._stop)
            with self._lock:
                self._loop = loop
            self._follow()
            await self._until_closed(spool)

    async def _until_closed(self, spool: Spool) -> None:
        """Say so long, in place of the first loop, that this process is alive: for what comes in here, see `Spool`."""
        while not self._is_closed:
            if self._is_wanted:
                with suppress(StoreError):
                    await spool.stay_alive()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._end.wait(), ALIVE_SECONDS)

    def _stop(self) -> None:
        with self._lock:
            self._loop = None
        for port in self._ports:
            asyncio.get_running_loop().remove_reader(port)
        self._ports.clear()

    def _follow(self) -> None:
        """Accept connections, or do not any more."""
        loop = asyncio.get_running_loop()
        for port in self._ports:
            if self._is_wanted:
                loop.add_reader(port, self._connect, port)
            else:
                loop.remove_reader(port)

    def _connect(self, port: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(AT_ONCE):
            try:
                connection, _ = port.accept()
            except (BlockingIOError, ConnectionAbortedError):  # the first loop has it, or nobody
                return
            except OSError as error:
                logger.warning("a connection could not be accepted (%s)", error.strerror)
                loop.remove_reader(port)
                loop.call_later(TROUBLE_SECONDS, self._follow)
                return
            connection.setblocking(False)
            task = loop.create_task(_served(self._plain, connection))
            self._arriving.add(task)
            task.add_done_callback(self._arriving.discard)

    async def _accept(self, sorter: Sorter, body: bytes, delivery: str) -> Accepted:
        event = parse_event(body)
        # What the first loop has of a burst goes first, unless it is blocked: then late is better than never.
        while not (self._is_wanted or self._store.spool.is_idle):  # noqa: ASYNC110 - it is the other thread's
            await asyncio.sleep(LOOK_SECONDS)
        sorter.lanes.refuses = self._store.intake.refuses
        return await sorter.sort(event, body, delivery)

    @web.middleware
    async def _answered_there(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Whether it is alive and ready the first loop must say itself."""
        if request.method in ("GET", "HEAD"):
            await self._there(asyncio.sleep(0))
        return await handler(request)

    async def _problems(self) -> Mapping[str, object]:
        return await self._there(self._ready.problems())

    async def _there(self, work: Coroutine[Any, Any, T]) -> T:
        """Await something on the first loop."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._first))


class _FarWorker:
    """The worker, as another thread may speak to it; it claims no lanes for it."""

    has_room = False

    def __init__(self, loop: asyncio.AbstractEventLoop, worker: Worker) -> None:
        self._loop = loop
        self._worker = worker

    def granted(self, _lane: str, _grant: Grant, _asked: float) -> bool:
        return False

    def ready(self, lane: str, due: int = 0) -> None:
        self._loop.call_soon_threadsafe(self._worker.ready, lane, due)

    def urgent(self, lane: str) -> None:
        self._loop.call_soon_threadsafe(self._worker.urgent, lane)


async def _served(plain: PlainServer, connection: socket.socket) -> None:
    with suppress(OSError):  # whoever has hung up
        await asyncio.get_running_loop().connect_accepted_socket(plain, connection)
