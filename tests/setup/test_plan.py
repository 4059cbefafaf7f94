"""The plan of `criabot connect`, case by case: what is, what is wanted, and what will be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from criabot.errors import ConfigurationError
from criabot.platform.answers.inboxes import InboxDetails
from criabot.platform.answers.integrations import AgentBot, AgentBotFields, Webhook
from criabot.setup.addresses import Addresses
from criabot.setup.carrying_out import settings_for
from criabot.setup.known import Known
from criabot.setup.needs import USUAL, events_needed, not_from_a_bot
from criabot.setup.notes import notes
from criabot.setup.plan import Change, Plan, Wish, addresses_of, plan
from criabot.setup.reach import Reach
from criabot.setup.situation import Situation

ROOT = "https://bot.example.com"
HERE = Addresses(ROOT, "an-unguessable-path")
ELSEWHERE = Addresses("https://staging.example.com", "an-unguessable-path")
PUBLIC = Reach(is_https=True, is_known=True, private=())


def bot(number: int, name: str = "criabot", url: str | None = HERE.of("agent-bot"), **more: Any) -> AgentBot:
    return AgentBot(
        id=number, name=name, outgoing_url=url, account_id=3, access_token=f"token-{number}", secret=f"secret-{number}",
        **more,
    )  # fmt: skip


SHOP = InboxDetails(id=1, name="Shop", channel_type="Channel::WebWidget")
API = InboxDetails(id=2, name="App", channel_type="Channel::Api", secret="api-secret")


def situation(
    bots: tuple[AgentBot, ...] = (),
    webhooks: tuple[Webhook, ...] = (),
    inboxes: tuple[InboxDetails, ...] = (SHOP, API),
    bot_of: Mapping[int, AgentBotFields | None] | None = None,
    version: str = "4.15.1",
) -> Situation:
    return Situation(version, 3, bots, webhooks, inboxes, bot_of or {})


def changes(found: Plan) -> list[tuple[str, Change]]:
    return [(step.subject, step.change) for step in found.steps]


CREATE, CHANGE, NOTHING, REFUSED = Change.CREATE, Change.CHANGE, Change.NOTHING, Change.REFUSED


@pytest.mark.parametrize(
    ("bots", "token", "replaces", "expected"),
    [
        pytest.param((), "", False, ("agent bot 'criabot'", CREATE), id="none yet"),
        pytest.param((bot(4),), "", False, ("agent bot 4", NOTHING), id="right already"),
        pytest.param((bot(4, url=""),), "", False, ("agent bot 4", CHANGE), id="made by hand, posts nowhere"),
        pytest.param((bot(4, url=None),), "", False, ("agent bot 4", CHANGE), id="made by hand, never had a url"),
        pytest.param(
            (bot(4, "other", ELSEWHERE.of("agent-bot")),), "token-4", False, ("agent bot 4", CHANGE), id="moved"
        ),
        pytest.param((bot(4, url=ELSEWHERE.of("agent-bot")),), "", False, ("agent bot 4", REFUSED), id="somebody's"),
        pytest.param((bot(4, url=ELSEWHERE.of("agent-bot")),), "", True, ("agent bot 4", CHANGE), id="taken over"),
        pytest.param((bot(9), bot(4)), "", False, ("agent bot 4", NOTHING), id="two that post here"),
        pytest.param((bot(4), bot(9)), "token-9", False, ("agent bot 9", NOTHING), id="the token decides"),
    ],
)
def test_the_agent_bot(bots: tuple[AgentBot, ...], token: str, replaces: bool, expected: tuple[str, Change]) -> None:
    found = plan(Wish(ROOT, replace=replaces), situation(bots), HERE, bot_token=token)
    assert changes(found) == [expected]


def test_a_new_path_secret_changes_the_url() -> None:
    rotated = Addresses(ROOT, "a-rotated-path")
    assert changes(plan(Wish(ROOT), situation((bot(4),)), rotated)) == [("agent bot 4", REFUSED)]  # perhaps another's
    found = plan(Wish(ROOT), situation((bot(4),)), rotated, bot_token="token-4")
    assert changes(found) == [("agent bot 4", CHANGE)]
    assert "(another path secret)" in found.steps[0].present
    assert "unguessable" not in repr(found)


def test_a_name_that_is_not_certain() -> None:
    bots = (bot(4, url=""), bot(5, url=""))
    with pytest.raises(ConfigurationError, match=r"several agent bots called 'criabot' \(4, 5\)"):
        plan(Wish(ROOT), situation(bots), HERE)
    assert changes(plan(Wish(ROOT, bot_name="Lia"), situation(bots), HERE)) == [("agent bot 'Lia'", CREATE)]


def test_inboxes_of_another_bot_are_left_to_it() -> None:
    there = situation((bot(4), bot(9, "other", "https://x.example.com")), bot_of={1: bot(9, "other"), 2: None})
    found = plan(Wish(ROOT, inboxes=None), there, HERE)
    assert changes(found)[1:] == [("inbox 1 (Shop)", REFUSED), ("inbox 2 (App)", CREATE)]
    found = plan(Wish(ROOT, inboxes=None, replace=True), there, HERE)
    assert changes(found)[1:] == [("inbox 1 (Shop)", CHANGE), ("inbox 2 (App)", CREATE)]
    found = plan(Wish(ROOT, inboxes=[2, 2]), replace(there, bot_of={2: bot(4)}), HERE)
    assert changes(found)[1:] == [("inbox 2 (App)", NOTHING)]


def test_an_inbox_that_does_not_exist() -> None:
    with pytest.raises(ConfigurationError, match=r"no inbox 7 in account 3; there are: 1 \(Shop\), 2 \(App\)"):
        plan(Wish(ROOT, inboxes=[7]), situation(), HERE)


def test_no_inbox_is_connected_with_a_bot_that_is_not_ours() -> None:
    strange = bot(4, url=ELSEWHERE.of("agent-bot"))
    found = plan(Wish(ROOT, inboxes=[1]), situation((strange,), bot_of={1: None}), HERE)
    assert changes(found) == [("agent bot 4", REFUSED)]


def webhook(url: str, *events: str) -> Webhook:
    return Webhook(id=5, url=url, subscriptions=list(events), secret="account-secret")


@pytest.mark.parametrize(
    ("webhooks", "expected"),
    [
        ((), ("account webhook", CREATE)),
        ((webhook(HERE.of("account"), *USUAL),), ("account webhook 5", NOTHING)),
        ((webhook(HERE.of("account"), *USUAL, "contact_updated"),), ("account webhook 5", NOTHING)),
        ((webhook(HERE.of("account"), "message_created"),), ("account webhook 5", CHANGE)),
        ((webhook(Addresses(ROOT, "another-path").of("account"), *USUAL),), ("account webhook 5", REFUSED)),
        ((webhook("https://n8n.example.com/", *USUAL),), ("account webhook", CREATE)),
    ],
)
def test_the_account_webhook(webhooks: tuple[Webhook, ...], expected: tuple[str, Change]) -> None:
    found = plan(Wish(ROOT, account_webhook=True), situation((bot(4),), webhooks), HERE)
    assert changes(found)[-1] == expected


@pytest.mark.parametrize(
    ("url", "replaces", "expected"),
    [
        (None, False, CREATE),
        ("", False, CREATE),
        (HERE.of("api-inbox"), False, NOTHING),
        (HERE.of("account"), False, CHANGE),
        (Addresses(ROOT, "another-path").of("api-inbox"), False, REFUSED),
        ("https://n8n.example.com/", False, REFUSED),
        ("https://n8n.example.com/", True, CHANGE),
    ],
)
def test_the_webhook_of_an_api_inbox(url: str | None, replaces: bool, expected: Change) -> None:
    inbox = API.model_copy(update={"webhook_url": url})
    wish = Wish(ROOT, inbox_webhooks=[2], replace=replaces)
    assert changes(plan(wish, situation((bot(4),), inboxes=(inbox,)), HERE))[-1] == (
        "webhook of inbox 2 (App)",
        expected,
    )


def test_other_inboxes_have_no_webhook() -> None:
    with pytest.raises(ConfigurationError, match=r"Inbox 1 \(Shop\) is no API inbox"):
        plan(Wish(ROOT, inbox_webhooks=[1]), situation(), HERE)


def test_a_run_that_broke_off_is_gone_on_with() -> None:
    wish = Wish(ROOT)
    assert addresses_of(wish, "", situation((bot(4),))) == HERE
    assert addresses_of(wish, "mine-to-choose", situation((bot(4),))).path_secret == "mine-to-choose"
    fresh = addresses_of(wish, "", situation((bot(4, url=ELSEWHERE.of("agent-bot")),)))
    assert len(fresh.path_secret) == 24
    assert fresh.path_secret != HERE.path_secret


def test_a_second_bot_at_the_same_host_has_a_name_and_a_path_of_its_own() -> None:
    wish, there = Wish(ROOT, bot_name="Lia"), situation((bot(4),))
    addresses = addresses_of(wish, "", there)
    assert addresses.path_secret != HERE.path_secret
    assert changes(plan(wish, there, addresses)) == [("agent bot 'Lia'", CREATE)]


def test_the_token_of_a_bot_that_is_not_taken_over_is_not_written() -> None:
    found = plan(Wish(ROOT), situation((bot(4, url=ELSEWHERE.of("agent-bot")),)), HERE)
    assert settings(found) == {"webhook_path_secret": HERE.path_secret}


# -- the settings -----------------------------------------------------------------------------------------------


def settings(found: Plan, version: str = "4.15.1", in_file: tuple[str, ...] = ("account_id",), **stored: Any) -> Any:
    known = Known(account_id=3, **stored)
    return settings_for(found, known, known, version, in_file=in_file)


def test_what_is_right_is_not_written_again() -> None:
    found = plan(Wish(ROOT), situation((bot(4),)), HERE)
    right: dict[str, Any] = {
        "bot_token": "token-4",
        "webhook_path_secret": HERE.path_secret,
        "agent_bot_secret": "older,secret-4",
    }
    assert settings(found, **right) == {}
    assert settings(found, **right, in_file=()) == {}
    assert settings(found, **(right | {"agent_bot_secret": "old"}), in_file=()) == {
        "account_id": 3,
        "agent_bot_secret": "secret-4",
    }


def test_what_is_not_made_yet_is_not_known() -> None:
    found = plan(Wish(ROOT, account_webhook=True), situation(), HERE)
    assert settings(found, webhook_path_secret=HERE.path_secret) == {
        "bot_token": None,
        "agent_bot_secret": None,
        "account_secret": None,
    }


def test_all_api_inboxes_that_post_here_have_their_secrets_in_the_settings() -> None:
    inboxes = tuple(
        InboxDetails(
            id=number, name="App", channel_type="Channel::Api", secret=f"s{number}", webhook_url=HERE.of("api-inbox")
        )
        for number in (2, 3)
    )
    found = plan(Wish(ROOT), situation((bot(4),), inboxes=inboxes), HERE)
    assert settings(found)["api_inbox_secret"] == ["s2", "s3"]


@pytest.mark.parametrize(
    ("version", "written", "unsigned"),
    [
        ("4.15.1", {"agent_bot_secret": "secret-4", "account_secret": "account-secret"}, []),
        ("4.11.2", {"account_secret": "account-secret", "allow_unsigned": True}, ["agent-bot"]),
        ("4.8.0", {"allow_unsigned": True}, ["agent-bot", "account"]),
    ],
)
def test_what_a_version_does_not_sign(version: str, written: dict[str, Any], unsigned: list[str]) -> None:
    there = situation((bot(4),), (webhook(HERE.of("account"), *USUAL),), version=version)
    found = plan(Wish(ROOT, inboxes=[1]), there, HERE)
    got = settings(found, version, bot_token="token-4", webhook_path_secret=HERE.path_secret)
    assert got == written
    said = [note for note in notes(found, Wish(ROOT, inboxes=[1]), there, PUBLIC) if "does not sign" in note]
    assert [note.split(" of ")[1].split(" (")[0] for note in said] == unsigned


def test_a_secret_that_would_refuse_everything_is_taken_out() -> None:
    found = plan(Wish(ROOT), situation((bot(4),), version="4.8.0"), HERE)
    got = settings(found, "4.8.0", bot_token="token-4", webhook_path_secret=HERE.path_secret, agent_bot_secret="x")
    assert got == {"agent_bot_secret": [], "allow_unsigned": True}


@pytest.mark.parametrize(
    ("reach", "version", "said"),
    [
        (PUBLIC, "4.15.1", ""),
        (Reach(is_https=False, is_known=True, private=()), "4.15.1", "not encrypted"),
        (Reach(is_https=True, is_known=False, private=()), "4.15.1", "no such host"),
        (
            Reach(is_https=True, is_known=True, private=("10.0.0.1",)),
            "4.15.1",
            "10.0.0.1 is no address of the internet",
        ),
        (Reach(is_https=True, is_known=True, private=("10.0.0.1",)), "4.13.0", "would refuse them from 4.14.0 on"),
    ],
)
def test_what_is_said_about_the_url(reach: Reach, version: str, said: str) -> None:
    wish = Wish(ROOT, inboxes=[1])
    there = situation((bot(4),), bot_of={1: None}, version=version)
    assert said in " ".join(notes(plan(wish, there, HERE), wish, there, reach))
    assert bool(list(notes(plan(wish, there, HERE), wish, there, reach))) == bool(said)


def test_events_that_handlers_need() -> None:
    assert events_needed((), "4.15.1") == list(USUAL)
    assert events_needed(("message", "typing", "opened"), "4.15.1") == [
        *USUAL, "conversation_typing_on", "conversation_typing_off",
    ]  # fmt: skip
    assert events_needed(("typing",), "4.2.0") == list(USUAL)
    assert not_from_a_bot(("message", "typing", "updated"), "4.15.1") == ["typing"]
    assert not_from_a_bot(("message", "typing", "updated"), "4.12.0") == ["typing", "updated"]
