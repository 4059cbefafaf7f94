"""The live socket: at once, and without a webhook, what happens in an account or to a contact (contract 6.2)."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from yarl import URL

from criabot.errors import ApiError, NotSubscribed
from criabot.platform.live.buffer import Buffer, Gap, Heard
from criabot.platform.live.events import LiveEvent
from criabot.platform.live.protocol import Ended, Unconfirmed, Viewer, not_subscribed
from criabot.platform.transport import checked_token

if TYPE_CHECKING:
    from criabot.platform.live.connection import Connection

__all__ = ["LiveSocket"]

logger = logging.getLogger("criabot.live")

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before the first try to come back, doubled with each up to the longest
MOST_UNCONFIRMED = 5  # then it is not the platform that is slow, but the token that is no more


class LiveSocket:
    """Events as they happen, for an agent or for a contact; it comes back by itself when the connection is lost.

    ```python
    import asyncio
    import os

    from criabot.platform import LiveSocket
    from criabot.platform.live import Gap, MessageCreated


    async def main() -> None:
        base_url, token = os.environ["CRIABOT_BASE_URL"], os.environ["PUBSUB_TOKEN"]
        async with LiveSocket(base_url, token, user_id=2, account_id=1) as live:
            async for event in live:
                match event:
                    case MessageCreated(message=message):
                        print(message.conversation_id, message.content)
                    case Gap():
                        print(f"{event.reason}: catch up through the API")


    asyncio.run(main())
    ```

    Entering connects, and raises if that fails; from then on nothing ends the iteration but leaving, or an error which
    waiting does not cure. Nothing is repeated that was told while the connection was lost, or while more events waited
    than have room (at most once): a :class:`~criabot.platform.live.Gap` comes instead, before the first event after it.

    Whoever looks is online to the platform, as with the page open: conversations may be assigned to an agent for it.

    Args:
        base_url: of the platform, such as ``https://app.cria.chat``.
        pubsub_token: of an agent's profile, or of a contact (contract 6.1); bots have none.
        user_id: the agent's; None for a contact.
        account_id: the agent's account; None for a contact.
        connect_timeout: seconds to get a connection.
        confirm_timeout: seconds to be subscribed; to a wrong token the platform never says anything.
        silence_limit: seconds without a ping, which comes every three, after which the connection is dead.
        buffer_size: how many events wait at the most.

    Raises:
        ValueError: an address or token that cannot be one; only one of ``user_id`` and ``account_id``; no room.
        ApiUnreachable: on entering: no connection.
        ApiRefused: on entering: another answer than a WebSocket.
        NotSubscribed: on entering or later: the platform does not confirm the subscription, or does not want it.
    """

    def __init__(
        self,
        base_url: str,
        pubsub_token: str,
        user_id: int | None = None,
        account_id: int | None = None,
        *,
        connect_timeout: float = 5.0,
        confirm_timeout: float = 10.0,
        silence_limit: float = 10.0,
        buffer_size: int = 1000,
    ) -> None:
        if (user_id is None) != (account_id is None):
            raise ValueError("an agent needs both user_id and account_id, a contact neither")
        if buffer_size < 1:
            raise ValueError("buffer_size must be at least 1")
        self._cable = _cable(base_url)
        self._viewer = Viewer(checked_token(pubsub_token), user_id, account_id)
        self._connect_timeout = connect_timeout
        self._confirm_timeout = confirm_timeout
        self._silence_limit = silence_limit
        self._buffer_size = buffer_size
        self._buffer = Buffer(buffer_size)
        self._task: asyncio.Task[None] | None = None
        self._connection: Connection | None = None
        self._failures = 0  # since the connection was last steady

    @property
    def is_subscribed(self) -> bool:
        """Whether events are heard now; not while the connection is lost."""
        return self._connection is not None

    async def __aenter__(self) -> Self:
        if self._task is not None:
            raise RuntimeError("this live socket is in use already")
        self._buffer = Buffer(self._buffer_size)
        try:
            connection = await self._open()
        except Ended as end:
            why = str(end)
        else:
            self._task = asyncio.create_task(self._run(connection), name=f"live socket of {self._viewer}")
            return self
        raise not_subscribed(why)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        task, self._task = self._task, None
        try:
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        finally:
            self._buffer.close()
            await self._close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Heard:
        return await self._buffer.take()

    def __repr__(self) -> str:
        return f"<LiveSocket of {self._viewer}>"

    # -- one connection -----------------------------------------------------------------------------------------

    async def _open(self, gap: Callable[[], Gap] | None = None) -> Connection:
        """Be subscribed; tell of the gap before it, and of what came with the subscription."""
        from criabot.platform.live.connection import Connection  # only who listens needs aiohttp's client

        self._connection, early = await Connection.open(
            self._cable,
            self._viewer,
            connect_timeout=self._connect_timeout,
            confirm_timeout=self._confirm_timeout,
            silence_limit=self._silence_limit,
        )
        if gap is not None:
            self._buffer.put_gap(gap())
        self._keep(early)
        return self._connection

    async def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    def _keep(self, events: list[LiveEvent]) -> None:
        for event in events:
            self._buffer.put(event)

    async def _listen(self, connection: Connection) -> str:
        """Hear events until the connection ends; why it did."""
        began = time.monotonic()
        try:
            while True:
                self._keep(await connection.hear())
        except Ended as end:
            return str(end)
        finally:
            if time.monotonic() - began > LONGEST_PAUSE:
                self._failures = 0
            await self._close()

    # -- one after the other ------------------------------------------------------------------------------------

    async def _run(self, connection: Connection) -> None:
        """Hear, and come back when it ends."""
        try:
            while True:
                reason = await self._listen(connection)
                connection = await self._come_back(reason, connection.heard_at)
        except Exception as error:  # it is raised where the events are taken
            self._buffer.close(error)
        finally:
            await self._close()

    async def _come_back(self, reason: str, since: float) -> Connection:
        """Be subscribed again, however long it takes."""
        why = reason
        unconfirmed = 0  # in a row
        while unconfirmed < MOST_UNCONFIRMED:
            self._failures += 1
            pause = _pause(self._failures)
            logger.warning("live socket of %s: %s; the next try is in %.1f s", self._viewer, why, pause)
            await asyncio.sleep(pause)
            try:
                return await self._open(lambda: Gap(since, time.time(), reason))
            except NotSubscribed:
                raise
            except (Ended, ApiError) as error:
                why = str(error)
                unconfirmed = unconfirmed + 1 if isinstance(error, Unconfirmed) else 0
        raise not_subscribed(why)


def _pause(failures: int) -> float:
    """Seconds to wait, by chance less: not everybody comes back at the same moment."""
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures - 1, 10))
    return longest * (1 + random.random()) / 2  # noqa: S311 - jitter


def _cable(base_url: str) -> URL:
    """The address of the socket.

    Raises:
        ValueError: it is none of http or https.
    """
    try:
        url = URL(base_url)
        if url.scheme in {"http", "https"} and url.host and url.port:
            return url / "cable"
    except ValueError:  # not chained: it may hold a password
        pass
    raise ValueError("base_url must be an http or https address, such as https://app.cria.chat")
