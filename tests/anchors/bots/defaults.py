"""A handler has a parameter of its own, with a default, that nothing else gives."""

from criabot import Bot, Message

bot = Bot()


@bot.message()
async def greet(message: Message, greeting: str = "hello") -> None:
    await message.answer(f"{greeting}!")
