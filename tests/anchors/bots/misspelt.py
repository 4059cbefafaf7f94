"""A handler asks for the number that its filter finds, and has a letter missing."""

from criabot import Bot, Message, Regex

bot = Bot()


@bot.message(Regex(r"order (?P<number>\d+)"))
async def look_up(message: Message, nmber: int) -> None:
    await message.answer(f"order {nmber}")
