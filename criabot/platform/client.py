"""The Application API: what a bot can ask of the platform and tell it (contract 5).

```python
async with ApplicationClient("https://app.cria.chat", account_id=3, token=token) as client:
    await client.messages.create(154, "Olá!")
    await client.conversations.toggle_status(154, "open")
```
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from criabot.platform.answers import Profile, ServerInfo
from criabot.platform.resources import Conversations, Messages
from criabot.platform.transport import Transport


class ApplicationClient:
    """A client for one account with one token: a bot's, or an agent's or administrator's (contract 4.7).

    Connections are pooled and opened by the first call. ``connect_timeout`` and ``read_timeout`` are in seconds.
    Every call raises :class:`~criabot.errors.ApiError`; none is repeated by the client.

    Attributes:
        messages: the messages of conversations.
        conversations: the conversations themselves.
    """

    def __init__(
        self,
        base_url: str,
        account_id: int,
        token: str,
        *,
        connect_timeout: float = 5.0,
        read_timeout: float = 20.0,
        pool_size: int = 100,
    ) -> None:
        self._transport = Transport(
            base_url, token, connect_timeout=connect_timeout, read_timeout=read_timeout, pool_size=pool_size
        )
        self.messages = Messages(self._transport, account_id)
        self.conversations = Conversations(self._transport, account_id)

    async def server_info(self) -> ServerInfo:
        """The server's version and health; asked without the token (contract 0.1)."""
        answer = await self._transport.request("GET", "/api", with_token=False)
        return answer.read(ServerInfo)

    async def profile(self) -> Profile:
        """The owner of the token; a bot's token is refused with 401 (contract 4.7 and 5.3)."""
        return (await self._transport.request("GET", "/api/v1/profile")).read(Profile)

    def sever(self) -> None:
        """Refuse every later call, as if the process were dead; calls under way are for their callers to cancel."""
        self._transport.sever()

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
