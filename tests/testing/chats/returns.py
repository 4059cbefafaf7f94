"""Takes goods back: asks for the order, the reason and a photo, one after the other, and checks each answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from criabot import Bot, F, Message, State

bot = Bot()

REASONS = ("Chegou quebrado", "Produto errado", "Não serviu")


class Return(State):
    """What is known of the return, and what was asked last."""

    asked: str = ""
    order: str = ""
    reason: str = ""
    mistakes: int = 0


async def ask_reason(message: Message) -> None:
    items = [{"title": reason, "value": reason} for reason in REASONS]
    await message.answer("O que aconteceu?", content_type="input_select", content_attributes={"items": items})


async def take_order(message: Message, form: Return) -> None:
    if not message.text.isdecimal():
        form.mistakes += 1
        await message.answer(f"Não entendi ({form.mistakes}): o número do pedido só tem algarismos.")
        return
    form.order, form.asked = message.text, "reason"
    await message.answer(f"Pedido {form.order}, certo.")
    await ask_reason(message)


async def take_reason(message: Message, form: Return) -> None:
    if message.text not in REASONS:
        form.mistakes += 1
        await message.answer(f"Escolha uma das opções ({form.mistakes}).")
        await ask_reason(message)
        return
    form.reason, form.asked = message.text, "photo"
    await message.answer("Mande uma foto, por favor.")


async def take_photo(message: Message, form: Return) -> None:
    if not any(attachment.file_type == "image" for attachment in message.attachments):
        form.mistakes += 1
        await message.answer(f"Preciso de uma foto ({form.mistakes}).")
        return
    form.asked = "nothing more"
    await message.answer("Recebi a foto.")
    await message.conversation.add_labels("devolução")
    await message.conversation.set_attributes({"pedido": form.order, "motivo": form.reason})
    await message.conversation.handoff(f"{form.order}: {form.reason}", say="Obrigado! A equipe confirma a devolução.")


QUESTIONS: dict[str, Callable[[Message, Return], Awaitable[None]]] = {
    "order": take_order,
    "reason": take_reason,
    "photo": take_photo,
}


@bot.message_updated(F.content_attributes["submitted_values"])
async def tapped(message: Message, form: Return) -> None:
    if form.asked == "reason":
        form.reason, form.asked = message.content_attributes["submitted_values"][0]["title"], "photo"
        await message.answer("Mande uma foto, por favor.")


@bot.message()
async def next_answer(message: Message, form: Return) -> None:
    if form.asked in QUESTIONS:
        await QUESTIONS[form.asked](message, form)
    else:
        form.asked = "order"
        await message.answer("Qual o número do pedido?")
