"""The bot: a router with a name."""

from __future__ import annotations

from criabot.routing import Router

__all__ = ["Bot"]


class Bot(Router):
    """Register handlers on it, then ``criabot run`` the file it lives in.

    ```python
    from criabot import Bot, F, Message

    bot = Bot()

    @bot.message(F.text.lower() == "oi")
    async def greet(message: Message) -> None:
        await message.answer(f"Olá, {message.contact.first_name}!")
    ```

    Credentials and everything else that differs between installations are settings (`criabot.settings`).

    Args:
        name: keeps this bot's data apart from other bots' in the same Redis, and marks its messages; the name of
            the file when not given. Letters, digits, ``.``, ``-`` and ``_``. Another name is another bot.
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.is_named = name is not None

    def named(self, name: str) -> None:
        """Take a name, unless the author gave one."""
        if not self.is_named:
            self.name = name
