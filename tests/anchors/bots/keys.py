"""Remembers each word under a key of its own, slowly; "show" shows them all."""

from pydantic import Field

from criabot import Bot, F, Message, State

bot = Bot()


class Keys(State):
    values: dict[str, bool] = Field(default_factory=dict)


@bot.message(F.text == "show")
async def show(message: Message, keys: Keys) -> None:
    await message.answer(" ".join(sorted(keys.values)))


@bot.message()
async def remember(message: Message, keys: Keys) -> None:
    before = dict(keys.values)
    await message.typing()
    keys.values = {**before, message.text: True}
