"""What a failed script says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from criabot.testing.scripts import Player, ScriptFailed, parse
from tests.testing.scripts.stage import SmallStage


async def failure(answer: str, expected: str, name: str = "script", command: tuple[str, ...] = ()) -> ScriptFailed:
    stage = SmallStage(lambda _text: [answer])
    stage.remarks.append((stage.at, "Conversation was marked as pending by System"))
    with pytest.raises(ScriptFailed) as caught:
        await Player(stage).play(replace(parse(f"customer: oi\nbot: {expected}", name), command=command))
    return caught.value


async def test_a_report_shows_the_chat_the_difference_what_the_bot_did_and_how_to_see_it_again() -> None:
    name = "chats/return form.chat"
    failed = await failure("São 6 dígitos.", "São seis dígitos.", name, ("criabot", "test", name))
    lines = [line.rstrip() for line in str(failed).splitlines()]
    assert lines[:2] == ["chats/return form.chat:2: The bot said something else.", "    bot: São seis dígitos."]
    assert [line[2:10].count(":") for line in lines[3:6]] == [2, 2, 2]  # times
    assert [line[12:] for line in lines[3:6]] == [
        "          Conversation was marked as pending by System",
        "customer  oi",
        "bot       São 6 dígitos.",
    ]
    assert [line.startswith("▶ ") for line in lines[3:6]] == [False, False, True]
    assert lines[6:] == [
        "",
        "  expected  São seis dígitos.",
        "  actual    São 6 dígitos.",
        "                ^",
        "",
        "What the bot did since the last act",
        "  message_created  handled by answer (bot.py:7)",
        "      greet: filter did not match",
        "",
        "Play it again",
        "  criabot test 'chats/return form.chat::2'",
    ]


async def test_a_script_in_a_test_is_played_again_by_that_test(request: pytest.FixtureRequest) -> None:
    failed = await failure("um", "dois")
    assert str(failed).endswith(f"Play it again\n  pytest {request.node.nodeid}")


NEAR_MISSES = {
    ("Olá!", "olá!"): "they differ in upper and lower case only",
    ("Olá,  Ana!", "Olá, Ana!"): "they differ in blanks only",
    ("Olá\u00a0Ana", "Olá Ana"): "they differ in blanks only",
    ("nao sei", "não sei"): "they differ in accents only",
    ("na\u0303o sei", "não sei"): "they differ in how characters are encoded only",
}


@pytest.mark.parametrize(("said", "expected"), NEAR_MISSES)
async def test_a_difference_that_is_hard_to_see_is_named(said: str, expected: str) -> None:
    assert NEAR_MISSES[said, expected] in str(await failure(said, expected))


async def test_a_quite_different_answer_gets_no_hint() -> None:
    assert "^" not in str(await failure("Já te passo para a equipe.", "Qual?"))


async def test_a_log_is_shown_from_the_last_act_on() -> None:
    stage = SmallStage(lambda _text: ["eco"])
    stage.logs.append("before")
    player = Player(stage)
    await player.play(parse("customer: oi\nbot: eco"))
    stage.logs.append("still before")

    async def logging_act(step: object) -> None:
        stage.logs.append("after")

    stage.act = logging_act  # type: ignore[method-assign]
    with pytest.raises(ScriptFailed) as caught:
        await player.play(parse("customer: oi\nbot: eco"))
    assert "What it logged\n  after\n" in str(caught.value)
    assert "before" not in str(caught.value)


async def test_a_report_has_colours_for_a_terminal() -> None:
    failed = await failure("um", "dois")
    assert failed.report.plain == str(failed)
    assert {"green", "bold red"} <= {str(span.style) for span in failed.report.spans}
