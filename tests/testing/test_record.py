"""Recorded conversations become scripts: in order, complete, playable, and without anybody's data."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criabot import Bot, F, Message
from criabot.testing.platform.seed import add_team
from criabot.testing.record import Capture, Story, chat, stories
from criabot.testing.record.disguise import parts_of
from criabot.testing.scripts import parse
from criabot.testing.simulator import Simulator
from tests.recorded import VERSIONS, Recording, recording, recordings
from tests.servers import ValkeyServer
from tests.testing.captured import assigned, captures, change, conversation, message, script, scripts

EVERY = [pytest.param(each, id=f"{version}-{each.scenario}") for version in VERSIONS for each in recordings(version)]
MADE_UP = re.compile(r"person\d+@example\.com")
A_NUMBER = re.compile(r"\d[\d ().-]{7,}\d")
SECRETS = re.compile(r'"(?:pubsub_token|source_id|email|phone_number)":"([^"]{6,})"')


def recorded(each: Recording) -> list[Story]:
    return stories(captures(*(delivery.body for delivery in each)))


# -- every recorded conversation --------------------------------------------------------------------------------


@pytest.mark.parametrize("each", EVERY)
def test_a_recorded_conversation_prints_as_it_is_read(each: Recording) -> None:
    for story in recorded(each):
        told = chat(story)
        lines = [line for line in told.splitlines() if line and not line.startswith("#")]
        assert str(parse(told)).splitlines() == lines


@pytest.mark.parametrize("each", EVERY)
def test_nothing_personal_of_a_recorded_conversation_is_in_its_script(each: Recording) -> None:
    told = "\n".join(map(chat, recorded(each)))
    assert [email for email in re.findall(r"\S+@\S+", told) if not MADE_UP.search(email)] == []
    real = {number for delivery in each for number in A_NUMBER.findall(delivery.body.get("content") or "")}
    assert [number for number in real if number in told] == []
    assert [secret for delivery in each for secret in SECRETS.findall(delivery.raw.decode()) if secret in told] == []
    for story in recorded(each):
        people = [contact.name or "" for contact in story.contacts] + [
            agent.name or "" for agent in story.agents.values()
        ]
        script = chat(story)
        assert [name for name in people if parts_of(name) and re.search(rf"\b{re.escape(name)}\b", script)] == []


def test_there_are_recorded_conversations() -> None:
    assert len(EVERY) == 80
    assert sum(len(recorded(each)) for version in VERSIONS for each in recordings(version)) > 100


async def test_the_recorded_handoff_plays_against_a_bot(valkey: ValkeyServer) -> None:
    bot, office = Bot(), dict[str, int]()

    @bot.message(F.text.startswith("Qual o prazo"))
    async def deadline(message: Message) -> None:
        await message.answer("Olá! O prazo é de **2 dias úteis**. 📦")

    @bot.message(F.text.contains("human"))
    async def to_a_human(message: Message) -> None:
        await message.answer("Vou chamar uma pessoa. Um instante! 🙂")
        await message.conversation.note("Resumo: quer prazo para Recife")
        await message.conversation.add_labels("vip")
        await message.conversation.set_status("open")
        await message.conversation.assign(team_id=office["team"])
        await message.conversation.assign(agent_id=office["agent"])

    @bot.message(F.text == "Oi de novo")
    async def again(message: Message) -> None:
        await message.answer("Olá de novo! Sou o robô.")
        await message.conversation.set_status("resolved")

    @bot.message(F.text == "mais uma")
    async def silent(message: Message) -> None:
        pass

    [story] = recorded(recording("09_handoff"))
    told = chat(story)
    assert "agent Rui: (resolves)\n" in told
    async with Simulator(bot, valkey_url=valkey.url) as sim:
        office["agent"] = sim.agent("Rui").user.id
        office["team"] = add_team(sim.platform.core, "support").id
        transcript = await sim.play(told)
    assert transcript.said()[-1] == "Olá de novo! Sou o robô."


@pytest.mark.parametrize("number", [0, 1], ids=["api", "widget"])
async def test_the_recorded_buttons_play_against_a_bot(valkey: ValkeyServer, number: int) -> None:
    bot = Bot()

    @bot.message()
    async def ask(message: Message) -> None:
        items = [{"title": title, "value": title} for title in ("Vendas 🛒", "Suporte técnico", "Financeiro")]
        await message.answer("Escolha um setor:", content_type="input_select", content_attributes={"items": items})

    told = chat(recorded(recording("05_input_select"))[number])
    assert "customer: (taps) Vendas 🛒\n" in told
    async with Simulator(bot, valkey_url=valkey.url, channel=("api", "widget")[number]) as sim:
        await sim.play(told)


# -- who did what, when -----------------------------------------------------------------------------------------


def test_copies_and_disorder_are_repaired() -> None:
    hello, answer, thanks = message(1, "oi"), message(2, "Olá!", "bot"), message(3, "obrigado")
    assert script(thanks, hello, answer, hello, thanks) == "customer: oi\nbot: Olá!\ncustomer: obrigado"


def test_a_late_copy_of_a_deleted_message_does_not_hide_what_it_was() -> None:
    gone: dict[str, Any] = {"content": "This message was deleted", "content_attributes": {"deleted": True}}
    late = message(1, None, **gone)
    assert script(late, message(1, "oi")) == "customer: oi"
    assert script(message(1, "oi"), {**late, "event": "message_updated"}).endswith(
        "# the message 'oi' has been deleted"
    )


def test_agents_notes_and_a_takeover() -> None:
    assert script(
        message(1, "oi"),
        message(2, "eu assumo", "Gustavo Melo"),
        message(20, "difícil", "Gustavo Melo", private=True),
        message(21, "oi, aqui é a Ana", "Ana Castro"),
    ) == (
        "customer: oi\n"
        "+ agent Rui: eu assumo\n"
        "agent Rui note: difícil\n"
        "agent Bia: oi, aqui é a Bia"
    )  # fmt: skip


def test_what_the_bot_changes_is_expected_and_what_an_agent_changes_is_done() -> None:
    assert script(
        message(1, "atendente"),
        message(2, "Já te passo.", "bot"),
        change(3, status="open"),
        change(3.1, meta={"team": {"id": 1, "name": "suporte"}}, team_id=1),
        change(4, label_list=["loja"]),
        change(4.1, custom_attributes={"plano": "ouro", "cpf": "529.982.247-25"}),
        change(90, meta=assigned("Gustavo Melo"), assignee_id=41),
        message(92, "Bom dia!", "Gustavo Melo"),
        change(95, label_list=["loja", "vip"]),
        change(96, priority="high"),
        change(97, status="snoozed", snoozed_until=moment_in(3697)),
    ) == (
        "customer: atendente\n"
        "bot: Já te passo.\n"
        "status: open\n"
        "team: suporte\n"
        "labels: loja\n"
        "attributes: plano=ouro, cpf=900.000.002-56\n"
        "clock: +1m30s\n"
        "agent Ana: (takes it)\n"
        "agent Ana: Bom dia!\n"
        "agent Ana: (labels loja, vip)\n"
        "# an agent sets priority: high\n"
        "agent Ana: (snoozes 1h)"
    )  # fmt: skip


def moment_in(seconds: float) -> str:
    return str(message(1, "", at=seconds)["created_at"])


def test_the_inbox_itself_reopens_a_conversation() -> None:
    closed = message(1, "tchau", "Gustavo Melo"), change(2, status="resolved")
    lines = script(*closed, message(300, "voltei"), change(300.2, status="pending"), message(302, "Olá!", "bot"))
    assert lines.splitlines()[1:] == [
        "agent Ana: (resolves)", "clock: +5m", "customer: voltei", "bot: Olá!", "status: pending"
    ]  # fmt: skip


def test_time_passes_before_a_reminder_but_not_before_a_slow_answer() -> None:
    lines = script(
        message(1, "oi"),
        message(2, "um momento", "bot", at=80),
        message(3, "ainda aí?", "bot", at=981),
        message(4, "sim", at=985),
        message(5, "que bom", at=999),
    )
    assert lines == (
        "customer: oi\nbot: um momento\nclock: +16m\nbot: ainda aí?\ncustomer: sim\n+ customer: que bom"
    )  # fmt: skip


ITEMS: dict[str, Any] = {"items": [{"title": "Sim", "value": "s"}, {"title": "Não [ainda]", "value": "n"}]}
QUESTION: dict[str, Any] = {"content_type": "input_select", "content_attributes": ITEMS}
CHOSEN = {**ITEMS, "submitted_values": [{"title": "Sim", "value": "s"}]}
ANSWERED: dict[str, Any] = {**QUESTION, "content_attributes": CHOSEN}


def test_a_tap_is_told_once_however_often_its_message_is_updated() -> None:
    read = {**QUESTION, "content_attributes": {**CHOSEN, "read": True}}
    updates = [message(2, "Quer?", "bot", event="message_updated", **each) for each in (ANSWERED, read)]
    assert script(message(1, "oi"), message(2, "Quer?", "bot", **QUESTION), *updates, message(3, "ok", "bot")) == (
        "customer: oi\nbot: Quer? [Sim | Não \\[ainda\\]]\ncustomer: (taps) Sim\nbot: ok"
    )


@pytest.mark.parametrize(("channel", "sent"), [("Whatsapp", "Não [ainda]"), ("Telegram", "n"), ("FacebookPage", "n")])
def test_on_other_channels_a_tap_is_a_message(channel: str, sent: str) -> None:
    there: dict[str, Any] = {"conversation": conversation(channel=f"Channel::{channel}")}
    lines = script(
        message(1, "oi", **there), message(2, "Quer?", "bot", **QUESTION, **there), message(3, sent, **there)
    )
    assert lines.endswith("\ncustomer: (taps) Não [ainda]")


def test_files_have_names_that_tell_nothing_but_their_kind() -> None:
    files = [
        {"file_type": "image", "extension": "jpg", "data_url": "https://loja.test/x/RG%20do%20Beto.jpg"},
        {"file_type": "file", "extension": "pdf", "data_url": "https://loja.test/x/contrato.pdf"},
        {"file_type": "location", "data_url": ""},
    ]
    boleto = {"file_type": "file", "data_url": "https://loja.test/x/boleto%20Beto.pdf"}
    assert script(message(1, "segue", attachments=files), message(2, "pronto", "bot", attachments=[boleto])) == (
        "customer: (sends image.jpg, file.pdf, location) segue\nbot: (sends boleto Carla.pdf) pronto"
    )


def test_what_the_language_has_no_words_for_is_a_comment() -> None:
    form: dict[str, Any] = {
        "content_type": "form",
        "content_attributes": {"submitted_values": [{"name": "nome", "value": "Zélia"}]},
    }
    failed: dict[str, Any] = {"content_attributes": {"external_error": "131047: Re-engagement message"}}
    lines = script(
        message(1, None),
        message(2, "Dados?", "bot", content_type="form"),
        message(2, "Dados?", "bot", event="message_updated", **form),
        message(2, "Dados?", "bot", event="message_updated", **failed),
        message(3, "Avalie", "inbox"),
        message(4, "veja", attachments=[{"file_type": "contact"}]),
    )
    assert lines.splitlines() == [
        "# customer: (cannot be played)",
        "bot: Dados?",
        '# the customer answers the form: [{"name": "nome", "value": "Carla"}]',
        "# the message 'Dados?' has not arrived: 131047: Re-engagement message",
        "# the inbox says: Avalie",
        "# the next message has an attachment of the kind contact",
        "customer: veja",
    ]


SPEAKERS = st.sampled_from(("customer", "bot", "Ana Castro"))


@given(st.lists(st.tuples(SPEAKERS, st.text())))
def test_whatever_is_written_prints_as_it_is_read(said: list[tuple[str, str]]) -> None:
    for told in scripts(captures(*(message(number, text, by) for number, (by, text) in enumerate(said, 1)))):
        bare = "\n".join(line for line in told.split("\n") if line and not line.startswith("#"))
        assert str(parse(told)) == f"{bare}\n"


def test_a_capture_that_begins_in_the_middle_says_so() -> None:
    lines = script(message(1, "oi", conversation=conversation(status="open", channel="Channel::Line")))
    assert lines == "# the channel is Line\n# when this begins the conversation is open\ncustomer: oi"


def test_every_conversation_has_its_own_script_and_one_without_a_message_has_none() -> None:
    other: dict[str, Any] = {"conversation": conversation(8)}
    silent = {"event": "conversation_created", **conversation(9)}
    told = scripts(captures(message(1, "um"), silent, message(2, "dois", **other), message(3, "três")))
    assert ["customer: um" in each for each in told] == [True, False]
    assert ["customer: três" in each for each in told] == [True, False]


def test_taps_come_when_they_arrived_whatever_the_clock_of_the_machine_says() -> None:
    bodies = [
        (1000.0, message(1, "oi")),
        (1001.0, message(2, "Quer?", "bot", **QUESTION)),
        (1301.0, message(2, "Quer?", "bot", event="message_updated", **ANSWERED)),
        (1303.0, message(3, "ok", "bot", at=304)),
    ]
    [told] = scripts(Capture(captures(body)[0].event, arrived) for arrived, body in bodies)
    assert told.endswith("bot: Quer? [Sim | Não \\[ainda\\]]\nclock: +5m\ncustomer: (taps) Sim\nbot: ok\n")
