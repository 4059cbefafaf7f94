"""The chat that the demo plays by itself."""

from __future__ import annotations

from criabot.cli.demo.screen import Screen
from criabot.cli.demo.talk import CUSTOMER, Talk

__all__ = ["play"]


async def play(talk: Talk, screen: Screen) -> None:
    """Play it: a shop takes an order, and everything goes wrong that can."""
    await screen.scene("1  A greeting", "A webhook is answered once its event is stored, before any of your code runs.")
    await _say(talk, screen, "hi")
    await screen.scene("2  State", "A handler's replies leave only with its commit, together with its typed state.")
    await _say(talk, screen, "add coffee")
    await screen.scene("3  The same webhook again", "Deliveries are repeated. Answers must not be.")
    await talk.again()
    await screen.scene("4  A crash", "kill -9 at the worst moment: the commit is done, the reply has not left.")
    await _say(talk, screen, "add cake", crash=True)
    await screen.scene(
        "5  Nobody handles it", "So that nobody is left waiting, the team gets the conversation and a note."
    )
    await _say(talk, screen, "my parcel never came!")
    await screen.scene("6  A human writes", "From here on the bot is silent, even where it knows an answer.")
    await talk.agent("Sorry about that, I am looking for it.")
    await _say(talk, screen, "add tea")


async def _say(talk: Talk, screen: Screen, text: str, *, crash: bool = False) -> None:
    await screen.customer(CUSTOMER, text)
    await talk.customer(text, crash=crash)
