"""The default would silently win over what the filter binds."""

from criabot import Bot, Message, Regex

bot = Bot()


@bot.message(Regex(r"pedido (?P<number>\d+)"))
async def look_up(message: Message, nunber: int = 0) -> None:
    await message.answer(f"{nunber}")
