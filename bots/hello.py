"""The shortest useful bot: it greets, and gives everything else to the team."""

from criabot import Bot, F, Message

bot = Bot()


@bot.message(F.text.lower().in_({"oi", "olá", "hello"}))
async def greet(message: Message) -> None:
    await message.answer(f"Olá, {message.contact.first_name}! Como posso ajudar?")


@bot.message()
async def otherwise(message: Message) -> None:
    await message.conversation.handoff(
        "the customer wrote something that the bot does not know", say="Já te passo para a equipe."
    )
