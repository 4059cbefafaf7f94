"""The bot of ``criabot demo``: a shop that takes orders. Copy it and make it yours."""

from criabot import Bot, F, Message, State

bot = Bot()


class Cart(State):
    """What a customer wants, kept from one message to the next."""

    items: list[str] = []


@bot.message(F.text.lower().in_({"hi", "hello", "oi", "olá"}))
async def greet(message: Message) -> None:
    """Say how it works."""
    await message.answer(f"Hello, {message.contact.first_name}! Say “add coffee”, and “order” when you are done.")


@bot.message(F.text.lower().startswith("add "))
async def add(message: Message, cart: Cart) -> None:
    """Put something into the cart."""
    cart.items.append(message.text[4:].strip())
    await message.answer(f"In your cart: {', '.join(cart.items)}.")


@bot.message(F.text.lower() == "order")
async def order(message: Message, cart: Cart) -> None:
    """Take the order, and start with an empty cart."""
    await message.answer(f"Ordered: {', '.join(cart.items) or 'nothing yet'}. Thank you!")
    cart.items.clear()
