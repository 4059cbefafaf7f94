"""Verdicts about servers and addresses that a test cannot have: older versions, public hosts, slow answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from criabot.errors import NotAllowed, NotFound
from criabot.platform import Profile, ServerInfo
from criabot.platform.answers.account import AccountDetails, Membership
from criabot.platform.answers.inboxes import InboxDetails
from criabot.platform.answers.integrations import AgentBot, Webhook
from criabot.setup.addresses import Addresses
from criabot.setup.checks import Finding, Verdict
from criabot.setup.checks.credentials import credentials
from criabot.setup.checks.facts import Asked, Facts
from criabot.setup.checks.hooks import hooks
from criabot.setup.checks.probe import probe
from criabot.setup.known import Known

HERE = Addresses("https://bot.example.com", "an-unguessable-path")
BOT = AgentBot(
    id=4, name="criabot", outgoing_url=HERE.of("agent-bot"), account_id=3, access_token="bot-token", secret="bot-secret"
)
SHOP = InboxDetails(id=1, name="Shop", channel_type="Channel::WebWidget")
REFUSED = NotAllowed("no", endpoint="GET /", status=401)
RIGHT = Facts(
    server=Asked(ServerInfo(version="4.15.1", queue_services="ok", data_services="ok")),
    bot_call=Asked(error=NotFound("no", endpoint="POST /", status=404)),
    bot_profile=Asked(error=REFUSED),
    profile=Asked(Profile(id=1, accounts=[Membership(id=3, role="administrator")])),
    account=Asked(AccountDetails(id=3, name="Demo")),
    bots=Asked([BOT]),
    webhooks=Asked([]),
    inboxes=Asked([SHOP]),
    bot_of=Asked({1: BOT}),
)


def known(**values: Any) -> Known:
    usual: dict[str, Any] = {
        "account_id": 3,
        "bot_token": "bot-token",
        "user_token": "u",
        "agent_bot_secret": "bot-secret",
    }
    return Known(**(usual | values))


def version(number: str, **more: str) -> Asked[ServerInfo]:
    return Asked(ServerInfo(version=number, **more))


def about(name: str, findings: Any) -> list[tuple[Verdict, str]]:
    found: list[Finding] = list(findings)
    return [(finding.verdict, finding.what) for finding in found if finding.about == name]


def test_all_is_well() -> None:
    findings = [*credentials(known(), RIGHT), *hooks(known(), RIGHT, HERE)]
    assert {finding.verdict for finding in findings} == {Verdict.OK}


@pytest.mark.parametrize(
    ("number", "lacks"),
    [
        ("4.8.0", ["keep the marks", "signs nothing", "an agent bot's webhooks", "read a conversation"]),
        ("4.12.1", ["an agent bot's webhooks", "read a conversation"]),
        ("4.14.1", ["read a conversation"]),
        ("4.99.0", []),
    ],
)
def test_what_a_version_lacks(number: str, lacks: list[str]) -> None:
    ((verdict, what),) = about("platform", credentials(known(), replace(RIGHT, server=version(number))))
    assert verdict is (Verdict.WARNING if lacks else Verdict.OK)
    assert [phrase for phrase in ("keep the marks", "signs nothing", "an agent bot's webhooks", "read a conversation")
            if phrase in what] == lacks  # fmt: skip


def test_a_platform_that_is_ill() -> None:
    server = version("4.15.1", queue_services="failing")
    (found,) = about("platform", credentials(known(), replace(RIGHT, server=server)))
    assert found == (Verdict.WARNING, "version 4.15.1 says: queue_services failing")


@pytest.mark.parametrize(
    ("secret", "verdict"), [((), Verdict.WARNING), ("bot-secret", Verdict.FAILED)], ids=["unsigned", "refuses all"]
)
def test_a_server_that_does_not_sign(secret: Any, verdict: Verdict) -> None:
    older = replace(RIGHT, server=version("4.12.1"))
    assert [found for found, _ in about("secrets", hooks(known(agent_bot_secret=secret), older, HERE))] == [verdict]


def test_a_secret_that_is_being_rotated() -> None:
    ((verdict, what),) = about("secrets", hooks(known(agent_bot_secret="old,bot-secret"), RIGHT, HERE))
    assert verdict is Verdict.OK
    assert what.endswith("among 2")


def test_an_account_webhook_alone() -> None:
    hook = Webhook(id=5, url=HERE.of("account"), subscriptions=["message_created"], secret="account-secret")
    alone = replace(RIGHT, bots=Asked([]), bot_of=Asked({1: None}), webhooks=Asked([hook]))
    settings = known(bot_token=None, agent_bot_secret=(), account_secret="account-secret")
    findings = list(hooks(settings, alone, HERE))
    assert [(finding.about, finding.verdict) for finding in findings] == [
        ("agent bot", Verdict.WARNING),
        ("webhooks", Verdict.OK),
        ("secrets", Verdict.OK),
    ]


def test_the_bot_is_another_accounts_or_none() -> None:
    ((verdict, what),) = about("agent bot", hooks(known(bot_token="gone"), replace(RIGHT, bots=Asked([])), HERE))
    assert (verdict, what) == (Verdict.FAILED, "the account has none with this bot token or URL")


def test_a_url_that_nobody_knows() -> None:
    assert about("agent bot", hooks(known(), RIGHT, None))[0][0] is Verdict.WARNING


def test_a_user_who_is_not_in_the_account() -> None:
    strange = replace(RIGHT, account=Asked(error=REFUSED))
    assert about("account", credentials(known(), strange))[0][0] is Verdict.FAILED


async def test_a_private_address_is_refused_by_a_public_platform() -> None:
    loopback = Addresses("http://127.0.0.1:1", "an-unguessable-path")
    for base_url, number, verdict in [
        ("https://1.1.1.1", "4.15.1", Verdict.FAILED),
        ("https://1.1.1.1", "4.13.0", Verdict.WARNING),
        ("http://127.0.0.1:2", "4.15.1", Verdict.WARNING),
    ]:
        facts = replace(RIGHT, server=version(number))
        findings = [finding async for finding in probe(known(base_url=base_url), facts, loopback)]
        assert verdict in [finding.verdict for finding in findings if "no address of the internet" in finding.what]
        assert findings[-1].advice == "is the bot running, and the URL right?"
