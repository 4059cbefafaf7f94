"""The simulated platform for tests that deliver webhooks themselves, to say when, how often and in which order."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientError, ClientSession, ClientTimeout

from criabot.platform import sign
from criabot.testing.platform import ApiCall, ApiFault, Conversation, Delivery, Message, SimulatedPlatform
from criabot.testing.platform.conversations import create_conversation
from criabot.testing.platform.delivery import Post
from criabot.testing.platform.lifecycle import create_message
from criabot.testing.platform.payloads import message_data

__all__ = ["INCOMING", "OUTGOING", "FakePlatform"]

INCOMING, OUTGOING = 0, 1

Json = dict[str, Any]


class FakePlatform:
    """A simulated platform whose customers' and agents' webhooks are delivered by the test.

    Args:
        secret: with which the agent bot's webhooks are signed.
        token: of the bot.
        user_token: of the administrator; None when the bot has none.
        fault: asked for each API call (method, path, body) what goes wrong with it.
        echo: whether what the bot does comes back as webhooks.
    """

    account = 1

    def __init__(
        self,
        *,
        secret: str = "a-signing-secret",
        token: str = "a-bot-token",
        user_token: str | None = None,
        fault: Callable[[str, str, Json], ApiFault | None] = lambda _method, _path, _body: None,
        echo: bool = True,
    ) -> None:
        self.simulated = SimulatedPlatform()
        self.secret = self.simulated.bot.secret = secret
        self.token = token
        self.user_token = user_token
        self.echo = echo
        self.refused: list[int] = []
        self.fault = fault
        self._own: set[str] = set()
        # Processes die in these tests; each would hand its conversations to the humans (contract 1.6).
        self.simulated.world.account.settings["keep_pending_on_bot_failure"] = True
        self.simulated.world.next_id("message", 1001)
        self.simulated.deliveries.between = self._between

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._session = await stack.enter_async_context(ClientSession(timeout=ClientTimeout(total=5)))
            await stack.enter_async_context(self.simulated)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def vanish(self) -> None:
        """Be unreachable from now on."""
        await self.simulated.close_server()

    @property
    def url(self) -> str:
        """Its base URL."""
        return self.simulated.url

    @property
    def token(self) -> str:
        """The bot's token."""
        return self.simulated.bot.access_token.token

    @token.setter
    def token(self, token: str) -> None:
        self.simulated.bot.access_token.token = token

    @property
    def user_token(self) -> str | None:
        """The administrator's token, when the bot has it."""
        return self._user_token

    @user_token.setter
    def user_token(self, token: str | None) -> None:
        self._user_token = token
        if token is not None:
            self.simulated.admin.access_token = token

    @property
    def bot_url(self) -> str:
        """Where its webhooks go."""
        return self.simulated.bot.outgoing_url

    @bot_url.setter
    def bot_url(self, url: str) -> None:
        self.simulated.connect(url)

    @property
    def fault(self) -> Callable[[str, str, Json], ApiFault | None]:
        """What goes wrong with API calls."""
        return self.simulated.gateway.fault

    @fault.setter
    def fault(self, fault: Callable[[str, str, Json], ApiFault | None]) -> None:
        self.simulated.gateway.fault = fault

    @property
    def calls(self) -> list[ApiCall]:
        """The API calls so far."""
        return self.simulated.gateway.calls

    @property
    def conversations(self) -> dict[int, Conversation]:
        """All conversations."""
        return self.simulated.world.conversations

    def conversation(self, number: int) -> Conversation:
        """A conversation, new when it does not exist: pending, as in an inbox with a bot."""
        world = self.simulated.world
        if number not in world.conversations:
            world.next_id("contact", number + 100)
            row = self.simulated.newcomer("Ana Lima").row
            world.next_id("conversation", number)
            create_conversation(self.simulated.core, row)
        return world.conversations[number]

    # -- what people do -----------------------------------------------------------------------------------------

    async def customer(self, number: int, text: str) -> int:
        """The customer writes; the status of the webhook's answer."""
        return await self.deliver(self.message(number, text))

    async def agent(self, number: int, text: str) -> int:
        """An agent answers the customer; the status of the webhook's answer."""
        return await self.deliver(self.message(number, text, message_type=OUTGOING))

    async def set_status(self, number: int, status: str) -> None:
        """An agent changes the status; the bot hears of it."""
        await self.simulated.agent("Agent").sets_status(self.conversation(number), status)
        await self.simulated.settle()

    def message(self, number: int, text: str, *, message_type: int = INCOMING, private: bool = False) -> Json:
        """Store a message of the customer or an agent, and the webhook's body for it, which is not delivered."""
        conversation, log = self.conversation(number), self.simulated.deliveries.log
        before = len(log)
        sender = conversation.contact if message_type == INCOMING else self.simulated.agent("Agent").user
        message = create_message(
            self.simulated.core, conversation, text, message_type=message_type, sender=sender, private=private
        )
        self._own |= {delivery.id for delivery in log[before:]}
        return self.event(message)

    def event(self, message: Message) -> Json:
        """The webhook's body for a message, as it is now."""
        data: Json = json.loads(json.dumps(message_data(self.simulated.world, message)))
        return {**data, "event": "message_created"}

    def newest(self, number: int) -> Json:
        """The webhook's body for the newest message of a conversation, whoever wrote it."""
        return self.event(self.conversation(number).messages[-1])

    async def deliver(self, event: Json, *, delivery: str = "", raw: bytes | None = None) -> int:
        """Send a webhook to the bot, signed; the status of its answer, 0 when there was none."""
        body = json.dumps(event, ensure_ascii=False).encode() if raw is None else raw
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "X-Chatwoot-Delivery": delivery or str(uuid.uuid4()),
            "X-Chatwoot-Timestamp": timestamp,
            "X-Chatwoot-Signature": sign(self.secret, timestamp, body),
        }
        try:
            async with self._session.post(self.bot_url, data=body, headers=headers) as response:
                status = response.status
        except (ClientError, TimeoutError):
            status = 0
        if status != 200:
            self.refused.append(status)
        return status

    async def _between(self, delivery: Delivery, post: Post) -> None:
        if self.echo and delivery.id not in self._own:
            await post(delivery)
