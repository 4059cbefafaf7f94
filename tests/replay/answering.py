"""A bot that answers every message with its id."""

from criabot import Bot, Message

bot = Bot()


@bot.message()
async def answer(message: Message) -> None:
    await message.answer(f"answer to {message.id}")
