from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from typing import Any

import pytest

from criabot.testing.verify import MISSING, Difference, differences
from criabot.testing.verify.names import Names
from tests.testing.verify.recordings import scenario, scenarios


@pytest.mark.parametrize("version", ["4.15", "4.5"])
def test_everything_recorded_is_the_same_as_itself(version: str) -> None:
    compared = 0
    for each in scenarios(version):
        values = [step.response.get("body") for step in each.steps] + [hook.body for hook in each.hooks]
        for value in values:
            assert differences(value, copy.deepcopy(value), Names()) == []
        compared += len(values)
    assert compared > 1_000


def test_another_type_is_told_wherever_it_is() -> None:
    body = webhook()
    for path in places(body):
        changed = with_value(body, path, ["something else"])
        assert [each.where for each in differences(body, changed, Names())] == [".".join(["body", *path])]


def test_a_key_too_few_and_a_key_too_many_are_told_wherever_they_are() -> None:
    body = webhook()
    for path in places(body):
        if path[-1].isdigit():
            continue
        where, value = ".".join(["body", *path]), at(body, path)
        without = with_value(body, path, MISSING)
        assert differences(body, without, Names()) == [Difference(where, value, MISSING)]
        assert differences(without, body, Names()) == [Difference(where, MISSING, value)]


@pytest.mark.parametrize(
    ("key", "recorded", "simulated"),
    [
        ("id", 13, 4),
        ("created_at", 1795350136, 1795350134),
        ("updated_at", "2026-11-22T12:22:06.123Z", "2026-11-22T12:22:09.000Z"),
        ("uuid", "3142174f-00c7-45ce-8783-071136fef3ad", "00000000-00c7-45ce-8783-071136fef3ad"),
        ("pubsub_token", "oTefG388hnrJ2uY3P3AiijD9", "JfknNcmnvZtW7qSMNe6eJXqR"),
        ("url", "http://127.0.0.1:3000/survey/x", "http://127.0.0.1:40001/survey/x"),
        ("name", "red-waterfall-123", "blue-sky-7"),
    ],
)
def test_what_a_server_makes_up_may_differ(key: str, recorded: Any, simulated: Any) -> None:
    assert differences({key: recorded}, {key: simulated}, Names()) == []


@pytest.mark.parametrize(
    ("key", "recorded", "simulated"),
    [
        ("id", 13, None),
        ("id", 13, "13"),
        ("created_at", 1795350136, 1795350136.5),
        ("created_at", 1795350136, 1795350146),
        ("waiting_since", 0, 1795350136),
        ("updated_at", "2026-11-22T12:22:06.123Z", "2026-11-22T12:22:16.123Z"),
        ("all_count", 130, 4),
        ("updated_at", "2026-11-22T12:22:06.123Z", "2026-11-22T12:22:06Z"),
        ("uuid", "3142174f-00c7-45ce-8783-071136fef3ad", "no uuid"),
        ("unread_count", 2, 3),
        ("status", "pending", "open"),
        ("private", False, True),
        ("content", "Olá", "Ola"),
        ("url", "http://127.0.0.1:3000/survey/x", "http://127.0.0.1:40001/survey/y"),
    ],
)
def test_what_a_server_decides_may_not(key: str, recorded: Any, simulated: Any) -> None:
    assert differences({key: recorded}, {key: simulated}, Names()) == [Difference(f"body.{key}", recorded, simulated)]


def test_a_made_up_name_means_the_same_everywhere() -> None:
    names = Names()
    one, other = "3142174f-00c7-45ce-8783-071136fef3ad", "99999999-00c7-45ce-8783-071136fef3ad"
    assert differences({"uuid": one}, {"uuid": other}, names) == []
    assert names.path(f"/survey/{one}?before=1") == f"/survey/{other}?before=1"
    assert names.json({"source_id": one, "list": [one]}) == {"source_id": other, "list": [other]}


def test_an_id_that_came_out_different_is_another_one_in_later_requests() -> None:
    names = Names()
    differences({"id": 13, "conversation_id": 5}, {"id": 14, "conversation_id": 6}, names, kind="messages")
    assert (
        names.path("/api/v1/accounts/1/conversations/5/messages/13") == "/api/v1/accounts/1/conversations/6/messages/14"
    )
    assert names.json({"conversation_id": 5, "inbox_id": 5}) == {"conversation_id": 6, "inbox_id": 5}


def test_a_trimmed_list_has_its_real_length() -> None:
    trimmed = {"payload": {"kept": 1, "of": 3}}
    recorded = {"payload": [{"content": "a"}]}
    whole = {"payload": [{"content": text} for text in "abc"]}
    assert differences(recorded, whole, Names(), trimmed=trimmed) == []
    assert differences(recorded, recorded, Names(), trimmed=trimmed) == [Difference("body.payload.length", 3, 1)]


def test_two_long_texts_that_differ_are_told_at_once() -> None:
    """They took minutes: a made-up name was looked for from every letter to the end of the text."""
    began = time.process_time()
    assert differences({"content": "a" * 150_000}, {"content": "b"}, Names()) != []
    assert time.process_time() - began < 5


def test_an_id_that_once_stood_for_itself_stands_for_nothing_else() -> None:
    names = Names()
    assert differences({"message_id": 5}, {"message_id": 5}, names) == []
    assert differences({"message_id": 5}, {"message_id": 6}, names) == [Difference("body.message_id", 5, 6)]
    assert names.number("messages", 5) == 5


def test_two_ids_or_tokens_are_never_the_same_one() -> None:
    names, one, other = Names(), "oTefG388hnrJ2uY3P3AiijD9", "JfknNcmnvZtW7qSMNe6eJXqR"
    assert differences({"message_id": 5, "token": one}, {"message_id": 7, "token": other}, names) == []
    second = differences({"message_id": 6, "token": one[::-1]}, {"message_id": 7, "token": other}, names)
    assert [each.where for each in second] == ["body.message_id", "body.token"]


def test_nothing_is_learned_from_rows_that_differ() -> None:
    names = Names()
    differences([{"id": 5, "content": "a"}], [{"id": 6, "content": "b"}], names, kind="messages")
    assert names.number("messages", 5) == 5
    differences([{"id": 5, "content": "a"}], [{"id": 6, "content": "a"}], names, kind="messages")
    assert names.number("messages", 5) == 6


def test_what_is_older_than_the_scenario_need_only_be_older() -> None:
    names = Names(began=1795350000)
    assert differences({"created_at": 1795340000}, {"created_at": 1795349999}, names) == []
    assert differences({"created_at": 1795340000}, {"created_at": 1795350100}, names) != []


def test_another_nested_message_is_told() -> None:
    told = differences({"messages": [{"id": 5, "content": "a"}]}, {"messages": [{"id": 4, "content": "b"}]}, Names())
    assert told == [Difference("body.messages", 5, 4)]


def webhook() -> dict[str, Any]:
    """A message event without the nested last message, which is compared only when it is the same one."""
    body = next(hook.body for hook in scenario("04_bot_text").hooks if hook.event == "message_created")
    del body["conversation"]["messages"]
    return dict(body)


def places(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        if not isinstance(each, list):
            yield (*path, str(key))
        yield from places(each, (*path, str(key)))


def at(value: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


def with_value(body: Any, path: tuple[str, ...], value: Any) -> Any:
    changed = copy.deepcopy(body)
    holder = at(changed, path[:-1])
    if value is MISSING:
        del holder[path[-1]]
    else:
        holder[int(path[-1]) if isinstance(holder, list) else path[-1]] = value
    return changed
