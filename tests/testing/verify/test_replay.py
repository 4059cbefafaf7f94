from __future__ import annotations

import json
from pathlib import Path

import pytest

from criabot.testing.verify import Reasons, Scenario, replay
from criabot.testing.verify.__main__ import main
from tests.recorded import ARCHIVES
from tests.testing.verify.recordings import scenario

BOT_FAILS_ONCE = "14_bot_500_once"


async def differing(recorded: Scenario) -> list[tuple[str, str]]:
    outcome = await replay(recorded)
    return [(found.step.label, found.difference.where) for found in outcome.found]


async def test_a_scenario_that_the_simulator_plays_as_recorded() -> None:
    outcome = await replay(scenario(BOT_FAILS_ONCE))
    assert outcome.found == []
    assert (outcome.steps, outcome.hooks) == ((6, 6), (8, 8))


async def test_a_bot_that_hangs_costs_no_time() -> None:
    outcome = await replay(scenario("14_bot_hang_6s"))
    assert outcome.found == []
    assert outcome.hooks == (14, 14)


async def test_a_different_answer_is_told() -> None:
    recorded = scenario(BOT_FAILS_ONCE)
    body = recorded.raw["steps"][2]["response"]["body"]
    body["content_type"] = "cards"
    body["surprise"] = 1
    label = recorded.steps[2].label
    assert await differing(recorded) == [(label, "body.content_type"), (label, "body.surprise")]


async def test_a_different_status_is_told() -> None:
    recorded = scenario(BOT_FAILS_ONCE)
    recorded.raw["steps"][0]["response"]["status"] = 201
    assert (recorded.steps[0].label, "status") in await differing(recorded)


async def test_a_different_webhook_is_told() -> None:
    recorded = scenario(BOT_FAILS_ONCE)
    hook = recorded.raw["steps"][2]["webhooks"][0]
    hook["raw_body"] = json.dumps({**json.loads(hook["raw_body"]), "private": True})
    assert await differing(recorded) == [(recorded.steps[2].label, "agent_bot message_created body.private")]


async def test_a_webhook_too_few_and_one_too_many_are_told() -> None:
    recorded = scenario(BOT_FAILS_ONCE)
    lost = recorded.raw["steps"][1]["webhooks"].pop()
    assert await differing(recorded) == [(recorded.steps[1].label, f"{lost['sender']} conversation_created")]
    recorded = scenario(BOT_FAILS_ONCE)
    hooks = recorded.raw["steps"][1]["webhooks"]
    hooks.append(dict(hooks[0]))
    assert await differing(recorded) == [(recorded.steps[1].label, f"{hooks[0]['sender']} conversation_created")]


async def test_a_different_frame_of_the_live_socket_one_too_few_and_one_too_many_are_told() -> None:
    recorded = scenario("22_actioncable")
    step = next(step for step in recorded.raw["steps"] if step["step"] == "echo_id")
    created, *_others = (each for each in step["cable"] if each["subscription"] == "contact")
    created["frame"]["message"]["data"]["echo_id"] = "another"
    step["cable"] = [each for each in step["cable"] if each["subscription"] == "contact"]
    step["cable"].append({**created, "frame": {"type": "disconnect"}})
    told = [where for label, where in await differing(recorded) if label == "echo_id"]
    assert told == [
        "cable contact message.created.message.data.echo_id",
        "cable contact disconnect",
        "cable agent message.created",
        "cable agent conversation.updated",
    ]


async def test_an_operator_who_does_something_new_is_a_difference_and_no_crash() -> None:
    recorded = scenario(BOT_FAILS_ONCE)
    watching = next(step for step in recorded.raw["steps"] if step["actor"] == "server")
    watching["request"]["does"] = "the operator whistles"
    assert (watching["step"], "operator") in await differing(recorded)


async def test_a_listed_reason_covers_a_difference_and_is_stale_without_one(tmp_path: Path) -> None:
    recorded = scenario(BOT_FAILS_ONCE)
    recorded.raw["steps"][2]["response"]["body"]["content"] = "another text"
    reasons = listed(tmp_path, where="body.con*")
    outcome, good = await replay(recorded), await replay(scenario(BOT_FAILS_ONCE))
    assert [len(each) for each in reasons.split(outcome)] == [0, 1]
    assert reasons.stale([outcome]) == []
    assert reasons.stale([good]) == reasons.all


async def test_a_listed_reason_covers_a_key_too_many_only_if_it_says_so(tmp_path: Path) -> None:
    recorded = scenario(BOT_FAILS_ONCE)
    recorded.raw["steps"][2]["response"]["body"]["surprise"] = 1
    outcome = await replay(recorded)
    assert [len(each) for each in listed(tmp_path, where="body.sur*").split(outcome)] == [1, 0]
    assert [len(each) for each in listed(tmp_path, where="body.sur*", shape=True).split(outcome)] == [0, 1]


def listed(folder: Path, *, where: str, shape: bool = False) -> Reasons:
    file = folder / "reasons.toml"
    more = "shape = true" if shape else ""
    file.write_text(f'[[reason]]\nscenario = "14_*"\nwhere = "{where}"\nreason = "a test"\n{more}')
    return Reasons(file)


async def test_a_scenario_that_hangs_is_a_difference() -> None:
    outcome = await replay(scenario(BOT_FAILS_ONCE), seconds=0.001)
    assert [found.difference.simulated for found in outcome.found] == ["not done after 0.001 s"]


async def test_a_scenario_that_breaks_is_a_difference() -> None:
    recorded = scenario(BOT_FAILS_ONCE)
    recorded.raw["secrets"] = {}
    assert [where for _label, where in await differing(recorded)] == ["replay"]


def test_the_simulator_does_what_real_servers_were_seen_to_do() -> None:
    assert main([str(ARCHIVES)]) == 0


def test_the_command_refuses_what_holds_no_recording(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert main([str(tmp_path / "missing")]) == 2
    assert main([str(ARCHIVES), "--scenario", "nothing"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert [line.split(" in ")[0].split(" /")[0] for line in told] == [
        "verify: no recorded scenario",
        "verify: there is no",
        "verify: no scenario is called nothing",
    ]


def test_the_command_prints_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / f"{BOT_FAILS_ONCE}.json").write_text(json.dumps(scenario(BOT_FAILS_ONCE).raw))
    assert main([str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert f"✓  {BOT_FAILS_ONCE}" in printed
    assert "1 scenarios covered, 0 uncovered; steps 6/6, webhooks 8/8" in printed


def test_the_command_fails_and_shows_what_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded = scenario(BOT_FAILS_ONCE)
    recorded.raw["steps"][2]["response"]["body"]["content"] = "another text"
    (tmp_path / f"{BOT_FAILS_ONCE}.json").write_text(json.dumps(recorded.raw))
    assert main([str(tmp_path), "--scenario", BOT_FAILS_ONCE]) == 1
    printed = capsys.readouterr().out
    assert "body.content" in printed
    assert '"another text"' in printed
    assert "0 scenarios covered, 1 uncovered" in printed
