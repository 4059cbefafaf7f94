"""What is said to the server and when, on a clock that is a number (contract 6.2)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from criabot.errors import NotSubscribed
from criabot.platform.live.events import LiveEvent
from criabot.platform.live.protocol import EARLY, Ended, Subscription, Unconfirmed, Viewer
from tests.platform.live.frames import frames_of

TOKEN = "qAZu6DdH1tg79b4oCSiwRKu6"
AGENT = Viewer(TOKEN, user_id=2, account_id=1)
CONTACT = Viewer("XYhU22xSJAwZ53hPbaA2JDaX")

WELCOME = {"type": "welcome"}
PING = {"type": "ping", "message": 1795351092}
PRESENCE = '{"action":"update_presence"}'


def begun(viewer: Viewer = AGENT, *, confirm_timeout: float = 10.0) -> Subscription:
    return Subscription(viewer, confirm_timeout=confirm_timeout, silence_limit=10.0, now=0.0)


def hear(subscription: Subscription, frame: Any, now: float = 0.0) -> list[LiveEvent]:
    return subscription.hear(json.dumps(frame), now)


def confirmed(viewer: Viewer = AGENT) -> Subscription:
    subscription = begun(viewer)
    hear(subscription, WELCOME)
    hear(subscription, {"type": "confirm_subscription", "identifier": viewer.identifier})
    sent(subscription)
    return subscription


def sent(subscription: Subscription) -> list[dict[str, Any]]:
    commands, subscription.to_send = subscription.to_send, []
    return [json.loads(command) for command in commands]


@pytest.mark.parametrize(("viewer", "subscription"), [(AGENT, "agent"), (CONTACT, "contact")])
def test_who_is_welcome_subscribes_as_the_recorded_client_did(viewer: Viewer, subscription: str) -> None:
    confirmation = next(each for each in frames_of(subscription) if each.get("type") == "confirm_subscription")
    ours = begun(viewer)
    assert sent(ours) == []
    hear(ours, WELCOME)
    hear(ours, WELCOME)
    assert sent(ours) == [{"command": "subscribe", "identifier": confirmation["identifier"]}]
    hear(ours, confirmation)
    assert ours.is_confirmed


def test_an_event_before_the_confirmation_waits_for_it() -> None:
    """On the real server the agent's first presence came before it."""
    subscription = begun()
    welcome, presence, confirmation = frames_of("agent")[:3]
    assert hear(subscription, welcome) == hear(subscription, presence) == []
    assert [event.event for event in hear(subscription, confirmation)] == ["presence.update"]


def test_events_before_the_confirmation_are_not_kept_without_end() -> None:
    subscription = begun()
    for number in range(EARLY + 7):
        hear(subscription, {"message": {"event": "x", "data": number}})
    early = hear(subscription, {"type": "confirm_subscription"})
    assert [event.data for event in early] == list(range(7, EARLY + 7))


@pytest.mark.parametrize(("viewer", "seconds"), [(AGENT, 20), (CONTACT, 60)])
def test_signs_of_life_are_given(viewer: Viewer, seconds: int) -> None:
    subscription = confirmed(viewer)
    given = []
    for now in range(200):
        if now % 3 == 0:
            hear(subscription, PING, float(now))
        while subscription.due <= now:
            subscription.pass_time(float(now))
        given += [(now, command) for command in sent(subscription)]
    assert [now for now, _command in given] == list(range(seconds, 200, seconds))
    assert {command["data"] for _now, command in given} == {PRESENCE}
    assert {command["identifier"] for _now, command in given} == {viewer.identifier}


def test_silence_ends_the_connection() -> None:
    subscription = confirmed()
    hear(subscription, PING, 3.0)
    assert subscription.due == 13.0
    subscription.pass_time(12.9)
    with pytest.raises(Ended, match="silent for 10 s"):
        subscription.pass_time(13.0)


def test_a_process_that_stood_still_first_hears_what_was_said_meanwhile() -> None:
    subscription = confirmed()
    subscription.pass_time(300.0)
    assert sent(subscription)[0]["data"] == PRESENCE
    hear(subscription, PING, 300.1)
    subscription.pass_time(301.5)
    subscription = confirmed()
    subscription.pass_time(300.0)
    with pytest.raises(Ended, match="silent"):
        subscription.pass_time(301.0)


def test_a_wrong_token_is_told_from_the_silence_about_it() -> None:
    """Recorded: a welcome, pings, and nothing else."""
    subscription = begun(Viewer("wrong"))
    for now, frame in enumerate(frames_of("contact-with-a-wrong-token")):
        assert hear(subscription, frame, float(now)) == []
    assert subscription.due == 10.0
    with pytest.raises(Unconfirmed, match=r"within 10 s .* pubsub token that it does not know .*user_id"):
        subscription.pass_time(10.0)


def test_whoever_never_says_welcome_does_not_speak_actioncable() -> None:
    subscription = begun(confirm_timeout=5.0)
    hear(subscription, {"hello": "world"}, 4.0)
    with pytest.raises(Ended, match="spoke ActionCable within 5 s; check the base URL") as caught:
        subscription.pass_time(5.0)
    assert not isinstance(caught.value, Unconfirmed)


def test_a_rejection_is_final() -> None:
    with pytest.raises(NotSubscribed, match="rejected") as caught:
        hear(begun(), {"type": "reject_subscription", "identifier": AGENT.identifier})
    assert TOKEN not in str(caught.value)
    assert caught.value.endpoint == "GET /cable"


def test_being_told_not_to_come_back_is_final() -> None:
    with pytest.raises(NotSubscribed, match="unauthorized"):
        hear(begun(), {"type": "disconnect", "reason": "unauthorized", "reconnect": False})


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "disconnect", "reason": "server_restart", "reconnect": True},
        {"type": "disconnect", "reason": "remote"},
        {"type": "disconnect"},
    ],
)
def test_any_other_goodbye_lets_us_come_back(frame: dict[str, Any]) -> None:
    with pytest.raises(Ended, match="hung up"):
        hear(confirmed(), frame)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"ping"', '{"type":"novelty"}', '{"type":7}', "\x00"])
def test_what_means_nothing_is_a_sign_of_life(text: str) -> None:
    subscription = confirmed()
    assert subscription.hear(text, 8.0) == []
    assert subscription.due == 18.0


def test_the_token_is_not_shown() -> None:
    assert TOKEN not in repr(AGENT) + str(AGENT)
    assert str(AGENT) == "user 2 of account 1"
    assert str(CONTACT) == "a contact"
