"""Playing a script: what must be said, in which order, and what a script may leave out."""

from __future__ import annotations

import pytest

from criabot.testing.scripts import Player, ScriptFailed, Transcript, parse
from criabot.testing.scripts.language import Act
from criabot.testing.scripts.stage import Heard
from tests.testing.scripts.stage import SmallStage


def echo(text: str) -> list[str]:
    return [] if text.startswith("after") else [f"eco {text}"]


async def play(stage: SmallStage, script: str) -> Transcript:
    return await Player(stage).play(parse(script))


async def failure(stage: SmallStage, script: str) -> ScriptFailed:
    with pytest.raises(ScriptFailed) as caught:
        await play(stage, script)
    return caught.value


async def test_a_chat_that_goes_as_its_script() -> None:
    transcript = await play(
        SmallStage(echo),
        """
        customer: oi
        bot: eco oi
        customer: tchau
        bot: ~ TCHAU
        bot: (silent)
        """,
    )
    assert transcript.said() == ["eco oi", "eco tchau"]


async def test_another_answer_fails_with_both() -> None:
    failed = await failure(SmallStage(echo), "customer: oi\nbot: oi eco")
    assert failed.line == 2
    assert (failed.difference.expected, failed.difference.actual) == ("oi eco", "eco oi")


async def test_no_answer_fails() -> None:
    failed = await failure(SmallStage(), "customer: oi\nbot: eco oi")
    assert failed.difference.what == "The bot said nothing more."


@pytest.mark.parametrize("following", ["customer: e aí?", "agent Ana: oi", "clock: +1m", "bot: (silent)", ""])
async def test_what_the_bot_also_said_fails_before_the_next_act_and_at_the_end(following: str) -> None:
    stage = SmallStage(lambda _text: ["um", "dois"])
    failed = await failure(stage, f"customer: oi\nbot: um\n{following}")
    assert failed.difference.what == "The bot also said what the script does not expect."
    assert failed.difference.actual == "dois"
    assert len(stage.acts) == 1


async def test_the_order_of_answers_counts() -> None:
    failed = await failure(SmallStage(lambda _text: ["um", "dois"]), "customer: oi\nbot: dois\nbot: um")
    assert failed.difference.what == "The bot said this later than expected."


async def test_acts_at_once_do_not_wait_for_each_other() -> None:
    stage = SmallStage(echo)
    await play(stage, "customer: um\n+ customer: dois\n+ customer: três\nbot: eco um\nbot: eco dois\nbot: eco três")
    at_rest_in_between = SmallStage(echo)
    await play(at_rest_in_between, "customer: um\nbot: eco um\ncustomer: dois\nbot: eco dois")
    assert at_rest_in_between.settled > stage.settled


async def test_an_agent_who_writes_at_once_silences_the_bot() -> None:
    await play(SmallStage(echo), "customer: oi\n+ agent Ana: eu assumo\nbot: (silent)")


async def test_every_customer_has_an_own_chat() -> None:
    transcript = await play(
        SmallStage(echo),
        """
        customer Ana: a
        customer Rui: r
        bot: eco r
        bot to Ana: eco a
        customer: c
        bot: eco c
        """,
    )
    assert transcript.said("Ana") == ["eco a"]
    failed = await failure(SmallStage(echo), "customer Ana: a\nbot to Rui: eco a")
    assert failed.difference.what == "The bot said nothing more."


async def test_buttons_and_files_are_as_the_script_says() -> None:
    def offers(_text: str) -> list[Heard]:
        return [Heard("customer", "Qual?", buttons=("A", "B"), files=("a.pdf",))]

    for right in ("bot: (sends a.pdf) Qual? [A | B]", "bot: ~ qual", "bot: ~ qual [A | B]"):
        await play(SmallStage(offers), f"customer: oi\n{right}")
    for wrong in ("Qual?", "(sends a.pdf) Qual?", "Qual? [A | B]", "(sends a.pdf) Qual? [B | A]", "~ qual []"):
        assert (await failure(SmallStage(offers), f"customer: oi\nbot: {wrong}")).line == 2


async def test_a_note_is_no_message() -> None:
    def notes(_text: str) -> list[Heard]:
        return [Heard("customer", "pediu um atendente", is_note=True)]

    await play(SmallStage(notes), "customer: oi\nbot note: ~ atendente")
    failed = await failure(SmallStage(notes), "customer: oi\nbot: ~ atendente")
    assert failed.difference.actual == "note: pediu um atendente"


async def test_only_buttons_that_are_offered_can_be_tapped() -> None:
    def offers(text: str) -> list[Heard]:
        return [Heard("customer", "Qual?", buttons=("A", "B"))] if text == "oi" else []

    stage = SmallStage(offers)
    await play(stage, "customer: oi\nbot: ~ qual\ncustomer: (taps) B")
    assert stage.acts[-1] == ("customer", Act("taps", text="B"))
    failed = await failure(SmallStage(offers), "customer: oi\nbot: ~ qual\ncustomer: (taps) C")
    assert failed.difference.what == "This cannot be done: the newest buttons are [A | B]."
    failed = await failure(SmallStage(), "customer: (taps) C")
    assert failed.difference.what == "This cannot be done: the bot has offered no buttons."


async def test_the_clock_brings_what_is_said_in_time() -> None:
    stage = SmallStage(lambda text: ["ainda por aí?"] if text == "after 900" else [])
    before = stage.at
    await play(stage, "customer: oi\nclock: +15m\nbot: ainda por aí?")
    assert stage.at - before == 900


async def test_facts_of_the_inbox() -> None:
    stage = SmallStage()
    stage.shown = {"status": "open", "assignee": "Ana", "team": "suporte", "labels": "b, a", "attributes": "x=1, y=2"}
    await play(
        stage,
        """
        customer: oi
        status: open
        assignee: Ana
        team: Suporte
        labels: a, b
        attributes: y=2
        status of customer: open
        """,
    )
    for wrong in ("status: pending", "assignee: none", "labels: a", "attributes: y=1"):
        failed = await failure(stage, f"customer: oi\n{wrong}")
        assert failed.difference.expected == wrong.partition(": ")[2]
    failed = await failure(stage, "customer: oi\nstatus of Rui: open")
    assert failed.difference.what == "This cannot be done: Rui has no conversation yet: it begins with what Rui says."


async def test_faults_begin_and_end() -> None:
    stage = SmallStage(echo)
    await play(stage, "fault: drop 2\ncustomer: oi\nfault: none\nbot: eco oi")
    assert stage.faults == [("drop", "2"), ("none",)]
    failed = await failure(stage, "fault: unheard-of")
    assert failed.difference.what == "This cannot be done: there is no fault 'unheard-of'."


async def test_a_second_script_goes_on_where_the_first_has_ended() -> None:
    player = Player(SmallStage(echo))
    await player.play(parse("customer: um\nbot: eco um"))
    transcript = await player.play(parse("customer: dois\nbot: eco dois"))
    assert transcript.said() == ["eco um", "eco dois"]


async def test_a_script_can_be_played_up_to_a_line() -> None:
    script = parse("customer: um\nbot: eco um\ncustomer: dois\nbot: eco três")
    transcript = await Player(SmallStage(echo)).play(script, until=3)
    assert transcript.said() == ["eco um", "eco dois"]
    with pytest.raises(ScriptFailed):
        await Player(SmallStage(echo)).play(script, until=4)


async def test_a_transcript_is_a_script_that_expects_the_same() -> None:
    def bracketed(text: str) -> list[str]:
        return [f"[eco] {text}"]

    transcript = await play(
        SmallStage(bracketed),
        """
        customer Ana: a
        bot: ~ a
        customer: (reads)
        + customer Ana: ~ b
        bot to customer: ~ eco
        bot: ~ b
        """,
    )
    script = transcript.script()
    assert str(script) == (
        "customer Ana: a\n"
        "bot: \\[eco] a\n"
        "customer: (reads)\n"
        "+ customer Ana: ~ b\n"
        "bot to customer: \\[eco]\\s\n"
        "bot: \\[eco] ~ b\n"
    )
    again = await Player(SmallStage(bracketed)).play(parse(str(script)))
    assert again.script() == script
