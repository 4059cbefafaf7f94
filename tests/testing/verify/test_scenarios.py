from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from criabot.testing.verify import load
from tests.recorded import ARCHIVES, recordings
from tests.testing.verify.recordings import scenario, scenarios


def test_an_archive_has_all_scenarios_of_its_version() -> None:
    assert len(scenarios("4.15")) == len(recordings("v4.15.1"))
    assert {each.version for each in scenarios("4.5")} == {"4.5.0"}


def test_a_folder_is_read_like_its_archive(tmp_path: Path) -> None:
    original = scenario("14_bot_500_once")
    (tmp_path / "v4.15.1").mkdir()
    (tmp_path / "v4.15.1" / "14_bot_500_once.json").write_text(json.dumps(original.raw))
    [read] = load(tmp_path)
    assert read.name == original.name
    assert read.raw == original.raw


def test_a_version_without_recordings_is_an_error() -> None:
    with pytest.raises(FileNotFoundError, match=r"no recorded scenario of version 3\.1"):
        load(ARCHIVES, "3.1")


def test_no_webhook_is_lost_and_none_comes_before_its_step() -> None:
    for each in scenarios("4.15"):
        assert len(each.hooks) == sum(len(step["webhooks"]) for step in each.raw["steps"])
        assert all(hook.at >= each.steps[hook.step].at for hook in each.hooks if hook.step)


def test_a_delivery_that_came_before_its_step_belongs_to_the_one_before() -> None:
    killed = scenario("14_worker_killed")
    writes = next(step for step in killed.steps if "takes 4 s" in step.label)
    assert [hook.event for hook in writes.hooks if hook.sender == "account"] == ["contact_updated", "message_created"]


def test_a_retry_is_known_by_its_delivery_id() -> None:
    repeats = [hook for hook in scenario("14_bot_500_always").hooks if hook.is_repeat]
    assert [(hook.sender, hook.event) for hook in repeats] == [("agent_bot", "message_created")] * 2


def test_a_pause_begins_a_new_group() -> None:
    steps = scenario("02_client_api").steps
    assert all(step.group == before.group or step.group == step.number for before, step in pairwise(steps))
    writes = [step for step in steps if step.label.startswith("message ")]
    assert len({step.group for step in writes}) == len(writes)


@pytest.mark.parametrize(
    ("text", "told"),
    [("{", "is no JSON"), ("[]", "lacks everything"), ("{}", "lacks recorded_at, secrets, server_version, steps")],
)
def test_a_file_that_is_no_recording_is_named(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "broken.json").write_text(text)
    with pytest.raises(ValueError, match=rf"broken\.json .*{told}"):
        load(tmp_path)
