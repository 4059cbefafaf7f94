"""The language of chat scripts: what its lines mean, what is no line, and that what is printed means the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criabot.errors import ScriptError
from criabot.testing.scripts.language import (
    CUSTOMER,
    Act,
    AgentStep,
    BotStep,
    ClockStep,
    CustomerStep,
    Fact,
    FaultStep,
    Script,
    Silence,
    Step,
    Wanted,
)
from criabot.testing.scripts.parser import parse
from criabot.testing.scripts.text import duration, seconds

LINES: dict[str, Step] = {
    "customer: quero devolver": CustomerStep(Act("says", text="quero devolver")),
    "customer Ana Maria: oi": CustomerStep(Act("says", text="oi"), "Ana Maria"),
    "+ customer: e mais": CustomerStep(Act("says", text="e mais"), at_once=True),
    "customer: veja https://example.com/a": CustomerStep(Act("says", text="veja https://example.com/a")),
    r"customer: \(risos) oi": CustomerStep(Act("says", text="(risos) oi")),
    "customer: um\n    dois": CustomerStep(Act("says", text="um\ndois")),
    "customer: (taps) Chegou quebrado": CustomerStep(Act("taps", text="Chegou quebrado")),
    "customer: (writes quickly a | b c)": CustomerStep(Act("writes quickly", "a | b c")),
    "customer: (sends foto.jpg) segue": CustomerStep(Act("sends", "foto.jpg", "segue")),
    "customer: (opens the widget)": CustomerStep(Act("opens the widget")),
    "bot: Qual?": BotStep(Wanted("Qual?")),
    "bot to Ana: Olá": BotStep(Wanted("Olá"), "Ana"),
    "bot: ~ ainda por aí": BotStep(Wanted("ainda por aí", "contains")),
    r"bot: /\d+ itens?/": BotStep(Wanted(r"\d+ itens?", "matches")),
    "bot: O quê? [Sim | Não]": BotStep(Wanted("O quê?"), buttons=("Sim", "Não")),
    "bot: ~ quê []": BotStep(Wanted("quê", "contains"), buttons=()),
    r"bot: Veja \[1]": BotStep(Wanted("Veja [1]")),
    r"bot: Qual? [A \| B | C]": BotStep(Wanted("Qual?"), buttons=("A | B", "C")),
    r"bot: /[ab]+/ [A | B/C]": BotStep(Wanted("[ab]+", "matches"), buttons=("A", "B/C")),
    "bot: (sends a.pdf, b.pdf) Seus boletos": BotStep(Wanted("Seus boletos"), files=("a.pdf", "b.pdf")),
    "bot note: ~ atendente": BotStep(Wanted("atendente", "contains"), is_note=True),
    "bot note to Ana: x": BotStep(Wanted("x"), "Ana", is_note=True),
    "bot: (silent)": Silence(),
    "bot to Ana: (silent)": Silence("Ana"),
    "agent Ana: eu assumo": AgentStep(Act("says", text="eu assumo"), "Ana"),
    "agent Ana note: difícil": AgentStep(Act("notes", text="difícil"), "Ana"),
    "agent Ana note to Rui: difícil": AgentStep(Act("notes", text="difícil"), "Ana", "Rui"),
    "agent Ana: (takes it)": AgentStep(Act("takes it"), "Ana"),
    "agent Ana: (assigns team suporte)": AgentStep(Act("assigns", "team suporte"), "Ana"),
    "agent Ana: (snoozes 1h)": AgentStep(Act("snoozes", "1h"), "Ana"),
    "agent Ana: (labels a, b)": AgentStep(Act("labels", "a, b"), "Ana"),
    "status: open": Fact("status", "open"),
    "assignee of Rui: Ana": Fact("assignee", "Ana", "Rui"),
    "attributes: plano=ouro, cidade=Recife": Fact("attributes", "plano=ouro, cidade=Recife"),
    "clock: +1h30m": ClockStep(5400),
    "fault: drop 2": FaultStep("drop", ("2",)),
    "fault: none": FaultStep("none"),
}


@pytest.mark.parametrize(("line", "step"), LINES.items(), ids=LINES)
def test_a_line_means_its_step_and_a_step_prints_as_its_line(line: str, step: Step) -> None:
    assert parse(f"{OPENING}{line}").steps[1:] == (step,)
    assert str(step) == line


OPENING = "customer: oi\n"

WRONG = {
    "custmer: oi": "'custmer' is nobody and nothing known: 'custmer: oi'. Did you mean 'customer'?",
    "oi": "'oi' is no step: it needs a colon, as in 'customer: oi'.",
    "customer:": "nothing follows 'customer:'.",
    "customer: (tap) Sim": "'(tap)' is nothing that a customer can do; write '\\(' where the bracket is part of the "
    "text. Did you mean 'taps'?",
    "customer: (taps)": "'(taps)' takes something after the brackets.",
    "customer: (reads this)": "'(reads)' takes nothing in the brackets.",
    "customer: (types) oi": "'(types)' takes nothing after the brackets.",
    "agent: oi": "an agent has a name, as in 'agent Ana: oi'.",
    "agent Ana: (snoozes late)": "'late' is no duration: 90s, 15m, 2h, 1d, 1h30m.",
    "bot nte: oi": "'bot nte' is nothing known: 'bot', 'bot note', 'bot to NAME'.",
    "bot: (silnt)": "'(silnt)' is nothing that a bot can do. Did you mean 'silent'?",
    "bot: /(/": "/(/ is no regular expression: missing ), unterminated subpattern at position 0.",
    "+ bot: oi": "'+' goes before what a customer or an agent does.",
    "status: opn": "'opn' is no status; there are: open, pending, resolved, snoozed. Did you mean 'open'?",
    "status for Ana: open": "'status for Ana' is nothing known: 'status', 'status of NAME'.",
    "attributes: plano": "attributes are names and values, as in 'attributes: plan=gold, city=Recife'.",
    "clock: 5 minutes": "'5 minutes' is no duration: +90s, +15m, +2h, +1d, +1h30m.",
    "channel: whatsapp": "'channel' goes before the first step.",
}


@pytest.mark.parametrize(("line", "why"), WRONG.items(), ids=WRONG)
def test_a_line_that_means_nothing_is_named_with_its_number(line: str, why: str) -> None:
    with pytest.raises(ScriptError) as caught:
        parse(f"{OPENING}\n{line}", "return.chat")
    assert str(caught.value) == f"return.chat:3: {why}"


def test_comments_and_empty_lines_mean_nothing_and_deeper_lines_go_on() -> None:
    script = parse("""
        # a comment
        customer: quero devolver   # the first words

            o pedido #123
            # another comment
            de ontem
        bot: Qual?
    """)
    assert script.steps == (
        CustomerStep(Act("says", text="quero devolver\no pedido #123\nde ontem")),
        BotStep(Wanted("Qual?")),
    )
    assert [step.line for step in script.steps] == [3, 8]


def test_headers_say_where_and_with_whom_it_plays() -> None:
    script = parse("""
        channel: whatsapp
        version: 4.5.0
        bot: bots/hello.py
        customer: name=João, phone=+5511900000000
        customer Ana: email=ana@example.com
        customer: oi
    """)
    assert (script.channel, script.version, script.bot) == ("whatsapp", "4.5.0", "bots/hello.py")
    assert script.contacts == {
        CUSTOMER: {"name": "João", "phone": "+5511900000000"},
        "Ana": {"email": "ana@example.com"},
    }
    assert parse(str(script)) == script


def test_a_bot_may_speak_first() -> None:
    assert parse("bot: Olá! Posso ajudar?").steps == (BotStep(Wanted("Olá! Posso ajudar?")),)


words = st.text(min_size=1).filter(lambda text: text.strip(" \t\r\n") != "")
titles = st.text(min_size=1).filter(lambda text: text.strip() == text and text)
names = st.sampled_from(["Ana", "Rui", "Ana Maria"])
files = st.sampled_from(["a.jpg", "foto (1).jpg", "a, b.pdf", "[x]|.png"])
bots = st.builds(
    BotStep,
    st.builds(Wanted, words, st.sampled_from(["is", "contains"])),
    st.none() | names,
    st.booleans(),
    st.none() | st.lists(titles, max_size=3).map(tuple),
    st.none() | st.lists(files, min_size=1, max_size=2).map(tuple),
)
people = st.builds(CustomerStep, st.builds(Act, st.just("says"), text=words), names, st.booleans())


@given(st.lists(people | bots, max_size=5).map(lambda steps: Script((CustomerStep(Act("reads")), *steps))))
def test_a_printed_script_means_the_same(script: Script) -> None:
    assert parse(str(script)) == script


@given(st.integers(min_value=0, max_value=10**7))
def test_a_printed_duration_is_as_long(length: int) -> None:
    assert seconds(duration(length)) == length
