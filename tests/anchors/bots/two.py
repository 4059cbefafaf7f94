"""Two bots in one file, each with its own memory under the same names."""

from pydantic import Field

from criabot import Bot, Message, State

north, south = Bot("north"), Bot("south")


class Heard(State):
    words: list[str] = Field(default_factory=list)


@north.message()
@south.message()
async def repeat(message: Message, heard: Heard) -> None:
    heard.words.append(message.text)
    await message.answer(" ".join(heard.words))
