"""Nobody is to be known from a script, and yet the bot must take it for a real chat."""

from __future__ import annotations

import pytest

from criabot.testing.record.disguise import Disguise, keyed
from tests.testing.captured import AGENTS, BEGAN, CONTACT, captures, conversation, message, script, scripts


@pytest.mark.parametrize(
    ("text", "disguised"),
    [
        ("beto@loja.com.br ou BETO@loja.com.br", "person1@example.com ou person1@example.com"),
        ("+55 81 99999-0001", "+55 81 91000-0001"),
        ("meu CPF é 529.982.247-25", "meu CPF é 900.000.001-75"),
        ("52998224725", "90000000175"),
        ("CPF 529.982.247-26 (com um erro)", "CPF 900.000.001-86 (com um erro)"),
        ("11.222.333/0001-81", "90.000.000/0001-84"),
        ("cartão 4111 1111 1111 1111", "cartão 9999 9999 9999 9991"),
        ("nasci em 17/03/1984", "nasci em 01/01/1990"),
        ("veja https://loja.com/a?token=x1, por favor", "veja https://example.com/link1, por favor"),
        ("a chave é 9f8c2b1e-77aa-4c1d-9e0e-1234567890ab", "a chave é token1"),
    ],
)
def test_what_tells_who_somebody_is_is_replaced(text: str, disguised: str) -> None:
    assert Disguise()(text) == disguised


@pytest.mark.parametrize(
    "text",
    [
        "pedido 12345, R$ 1.234.567,89 até 22/11/2026 às 10:00",
        "de 1 a 9: 1 2 3 4 5 6 7 8 9",
        "leia https://loja.com/ajuda/como-trocar-um-produto-com-defeito.",
        "2026-11-22T12:25:10.124Z",
    ],
)
def test_what_tells_nothing_stays(text: str) -> None:
    assert Disguise()(text) == text


def test_the_same_is_the_same_however_it_is_written() -> None:
    disguise = Disguise()
    assert disguise("+5581999990001")[-8:] == disguise("(81) 9 9999-0001").replace("-", "")[-8:]
    assert disguise("529.982.247-25").replace(".", "").replace("-", "") == disguise("52998224725")
    assert disguise("99999-0002") != disguise("99999-0001")


def test_numbers_for_a_capture_cannot_be_turned_back_and_differ_from_process_to_process() -> None:
    one, other = Disguise(numbering=keyed()), Disguise(numbering=keyed())
    assert one("+5581999990001") == one("+5581999990001")
    assert one("+5581999990001") != other("+5581999990001")


@pytest.mark.parametrize("sign", ["a", "a-", "a.", "[@", "1", "1 ", "http://", "http://a-", "aA1", "(", "@a", "x@"])
def test_no_text_takes_long_to_search(sign: str) -> None:
    assert Disguise({"Beto": "Carla"})(f"Beto {sign * 50_000} Beto").startswith("Carla ")


def test_names_of_those_who_take_part() -> None:
    disguise = Disguise({"Beto Siqueira": "Carla Souza"}, {"Suporte Melo": "Rui"}, {"cliente_83": "customer-1"})
    assert disguise("sou o beto, BETO SIQUEIRA; Betoneira não") == "sou o carla, CARLA SOUZA; Betoneira não"
    assert disguise("o suporte: Suporte, Melo, suporte melo") == "o suporte: Rui, Rui, rui"
    assert disguise("código cliente_83, cliente") == "código customer-1, cliente"
    assert disguise("[@Suporte Melo](mention://user/4/Suporte%20Melo) veja") == "@Rui veja"


@pytest.mark.parametrize(
    "bodies",
    [
        [message(1, "oi"), message(2, "Qual é o seu nome?", "bot"), message(3, "Zélia Duarte")],
        [message(1, "Oi, me chamo Zélia Duarte e quero trocar")],
        [message(1, "oi", conversation=conversation(custom_attributes={"nome": "x"})), message(2, "Meu nome é zélia")],
    ],
)
def test_names_that_are_told_in_the_chat(bodies: list[dict[str, object]]) -> None:
    told = script(*bodies, message(9, "Obrigado, Zélia!", "bot"))
    assert told.endswith("bot: Obrigado, Carla!")
    assert "Duarte" not in told


def test_nobody_has_a_name_that_somebody_else_really_has() -> None:
    told = script(message(1, "oi"), message(100, "oi", "Gustavo Melo"), message(200, "oi", "Ana Castro"))
    assert "agent Rui: oi" in told
    assert "agent Bia: oi" in told
    assert "Ana" not in told


def test_the_header_has_a_made_up_customer() -> None:
    contact = {**CONTACT, "email": "beto@loja.com.br", "identifier": "beto-siqueira"}
    meta = {"sender": {**contact, "type": "contact"}, "assignee": None}
    [told] = scripts(captures(message(1, "sou beto-siqueira", conversation=conversation(meta=meta), sender=contact)))
    assert told == (
        f"# Recorded on {BEGAN:%Y-%m-%d}. Names, numbers and addresses are made up; read it before you share it.\n"
        "channel: api\n"
        "customer: name=Carla Souza, phone=+5581910000001, email=person1@example.com, identifier=customer-1\n"
        "\n"
        "customer: sou customer-1\n"
    )


def test_a_script_depends_on_its_own_conversation_only() -> None:
    other = message(50, "oi", "Ana Castro", conversation=conversation(8))
    alone, together = (scripts(captures(*bodies)) for bodies in ([message(1, "oi")], [message(1, "oi"), other]))
    assert alone[0] == together[0]
    assert AGENTS
