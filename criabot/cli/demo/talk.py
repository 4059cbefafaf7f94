"""What people do in the demo, and how it is shown."""

from __future__ import annotations

from functools import partial

from criabot.cli.demo.screen import Screen
from criabot.cli.demo.stage import NOTHING, Stage, Trace
from criabot.cli.demo.timeline import timeline

__all__ = ["CUSTOMER", "Talk"]

CUSTOMER = "Ana"


class Talk:
    """One conversation on stage.

    Args:
        stage: where it takes place.
        screen: where it is seen.
    """

    def __init__(self, stage: Stage, screen: Screen) -> None:
        self._stage = stage
        self._screen = screen
        self._customer = stage.platform.newcomer(CUSTOMER)
        self._agent = stage.platform.agent("Agent")
        self._held = NOTHING

    async def customer(self, text: str, *, crash: bool = False) -> None:
        """The customer's message, and what comes of it; `crash` kills the bot between its commit and its reply."""
        write = partial(self._customer.says, text)
        if crash:
            spoken = await self._show(await self._stage.crash(write))
            spoken += await self._show(await self._stage.restart())
            spoken += await self._show(await self._stage.settle())
        else:
            spoken = await self._show(await self._stage.perform(write))
        if not spoken:
            self._screen.silence("the bot says nothing")

    async def again(self) -> bool:
        """The customer's last message, delivered once more; False when there is none."""
        if self._customer.conversation is None:
            return False
        if not await self._show(await self._stage.repeat(self._customer)):
            self._screen.silence("no second answer")
        return True

    async def agent(self, text: str) -> bool:
        """A human of the team writes to the customer; False when there is no conversation yet."""
        if (conversation := self._customer.conversation) is None:
            return False
        await self._screen.team("agent", text, "magenta")
        await self._show(await self._stage.perform(partial(self._agent.says, conversation, text)))
        return True

    async def _show(self, trace: Trace) -> int:
        """Show it; how many messages there were to see."""
        await self._screen.steps(timeline(trace, self._held))
        self._held = trace.held
        for message in trace.messages:
            name, style = ("note for the team", "yellow") if message.private else ("bot", "green")
            await self._screen.team(name, message.content or "", style)
        return len(trace.messages)
