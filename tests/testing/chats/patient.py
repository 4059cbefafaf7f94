"""Thinks about everything until somebody stops it, but for a greeting."""

import asyncio

from criabot import Bot, F, Message

bot = Bot()


@bot.message(F.text == "oi")
async def greet(message: Message) -> None:
    await message.answer("Olá!")
    await message.answer("Em que posso ajudar?")


@bot.message()
async def think(message: Message) -> None:
    await message.answer("Já sei!")
    await asyncio.Event().wait()
