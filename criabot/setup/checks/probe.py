"""The way in, tried from outside: webhooks as the platform posts them, signed, wrongly signed and not signed.

The event of a probe has a name that nobody handles, so the bot answers 200 and forgets it.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from aiohttp import ClientConnectorCertificateError, ClientConnectorError, ClientError, ClientSession, ClientTimeout

from criabot.platform import sign
from criabot.platform.versions import at_least
from criabot.setup.addresses import SIGNS_SINCE, Addresses, SenderName
from criabot.setup.checks.facts import Facts
from criabot.setup.checks.finding import Finding, failed, ok, warning
from criabot.setup.checks.posters import posters
from criabot.setup.known import Known
from criabot.setup.reach import REFUSED_SINCE, Reach, reach_of

__all__ = ["EVENT", "probe"]

EVENT = "criabot_doctor"
PLATFORM_SECONDS = 5.0
"""After which the platform gives up (contract 1.5)."""
SLOW_SECONDS = 1.0
SECONDS = PLATFORM_SECONDS + 2
TRIES = 3
TAKEN = 200
LONGEST_REASON = 300
UNREACHABLE = "is the bot running, and the URL right?"
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a probe was answered.

    Attributes:
        status: of HTTP, 0 without an answer.
        reason: of the bot's refusal, or why there was no answer.
        seconds: until it was there, the connection included.
    """

    status: int
    reason: str
    seconds: float


async def probe(known: Known, facts: Facts, addresses: Addresses) -> AsyncIterator[Finding]:
    """Post to the bot as the platform does."""
    reach = await reach_of(addresses.root)
    yield _https(reach, addresses)
    yield await _public(reach, facts, known)
    for sender, secret in _senders(known, facts, addresses):
        async for finding in _sender(sender, secret, addresses, facts):
            yield finding
            if finding.advice == UNREACHABLE:
                return


def _https(reach: Reach, addresses: Addresses) -> Finding:
    if reach.is_https:
        return ok("URL", f"{addresses.shown(addresses.root)} is encrypted")
    return warning(
        "URL",
        f"{addresses.shown(addresses.root)} is not encrypted: customers' messages can be read on their way",
        "use https",
    )


async def _public(reach: Reach, facts: Facts, known: Known) -> Finding:
    problem = reach.problem(facts.version)
    if not problem:
        return ok("URL", "its host has a public address")
    if not reach.is_known:
        return warning("URL", problem, "check its spelling, and the DNS")
    advice = "give the bot a public address: a reverse proxy, or a tunnel while you develop"
    platform = await reach_of(known.url)
    if not at_least(facts.version, REFUSED_SINCE) or platform.private:  # whoever runs both knows that setting
        return warning("URL", problem, advice)
    return failed("URL", problem, advice)


def _senders(known: Known, facts: Facts, addresses: Addresses) -> list[tuple[SenderName, str]]:
    """Whose webhooks should get in, with the secret of each; empty where there is none.

    The secret is the platform's where it is shown, else that of the settings.
    """
    bot, names = facts.bot(known, addresses), tuple(SIGNS_SINCE)
    found: dict[SenderName, str] = {name: secrets[0] for name in names if (secrets := known.signing(name))}
    found |= {
        each.sender: each.secret for each in posters(facts, addresses) if each.is_right(addresses) and each.secret
    }
    if bot is not None:
        found["agent-bot"] = bot.secret or found.get("agent-bot", "")
    return [(name, found[name]) for name in names if name in found] or [("agent-bot", "")]


async def _sender(sender: SenderName, secret: str, addresses: Addresses, facts: Facts) -> AsyncIterator[Finding]:
    url, shown = addresses.of(sender), addresses.shown(addresses.of(sender))
    answers: list[_Answer] = []
    while len(answers) < TRIES and all(answer.status == TAKEN for answer in answers):
        answers.append(await _post(url, secret))
    if answers[-1].status != TAKEN:
        yield _not_taken(shown, answers[-1], facts, "a signed" if secret else "an unsigned")
        return
    yield await _refuses(url, shown) if secret else _unsigned(shown)
    yield _latency(shown, answers)


async def _refuses(url: str, shown: str) -> Finding:
    """The bot takes what is signed; it must not take anything else."""
    forged, bare = await asyncio.gather(_post(url, "a wrong secret"), _post(url, ""))
    if (forged.status, bare.status) == (401, 401):
        return ok("signature", f"{shown} takes signed webhooks and refuses wrongly signed and unsigned ones")
    taken = [word for word, answer in (("wrongly signed", forged), ("unsigned", bare)) if answer.status == 200]
    if taken:
        what = f"{shown} takes {' and '.join(taken)} webhooks, too: anybody could post there"
        return failed("signature", what, "is that criabot, with the same settings as here?")
    what = f"{shown} answers {forged.status} to wrongly signed and {bare.status} to unsigned webhooks, not 401"
    return warning("signature", what, "look at the proxy before the bot")


def _unsigned(shown: str) -> Finding:
    what = f"{shown} takes unsigned webhooks: the path secret is the only protection"
    return warning("signature", what, "set the sender's secret as soon as the platform signs (4.13 and newer)")


def _not_taken(shown: str, answer: _Answer, facts: Facts, kind: str) -> Finding:
    reason = f" ({answer.reason})" if answer.reason else ""
    what = f"{shown} answers {answer.status} to {kind} webhook{reason}"
    match answer.status:
        case 0:
            return failed("signature", f"{shown} cannot be reached from here: {answer.reason}", UNREACHABLE)
        case 401:
            advice = "does the running bot have the secret of these settings, and pass the proxy X-Chatwoot headers on?"
        case 404:
            advice = "does the running bot have this CRIABOT_WEBHOOK_PATH_SECRET, and pass the proxy the whole path on?"
        case status if status in REDIRECTS and at_least(facts.version, REFUSED_SINCE):
            return warning("signature", f"{what}: a redirect, which costs time", "give the platform the final URL")
        case status if status in REDIRECTS:
            advice = "give the platform the final URL: servers before 4.14 do not follow redirects"
        case 502 | 503 | 504:
            advice = "the proxy answers, the bot does not: is it running?"
        case _:
            advice = "look at the bot's log and at the proxy before it"
    return failed("signature", what, advice)


def _latency(shown: str, answers: Sequence[_Answer]) -> Finding:
    worst = max(answer.seconds for answer in answers)
    what = f"{shown} acknowledges within {worst * 1000:.0f} ms from here, the slowest of {len(answers)}"
    if worst > PLATFORM_SECONDS:
        return failed("latency", f"{what}: the platform gives up after 5 s", "look at the proxy, the network and Redis")
    if worst > SLOW_SECONDS:
        return warning("latency", what, "it should be far below a second: look at the proxy, the network and Redis")
    return ok("latency", what)


async def _post(url: str, secret: str) -> _Answer:
    """One probe on a connection of its own, as the platform's are."""
    body = json.dumps({"event": EVENT}).encode()
    timestamp = str(int(time.time()))
    headers = {"Content-Type": "application/json", "X-Chatwoot-Delivery": str(uuid.uuid4())}
    if secret:
        headers |= {"X-Chatwoot-Timestamp": timestamp, "X-Chatwoot-Signature": sign(secret, timestamp, body)}
    began, status, reason = time.perf_counter(), 0, ""
    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=SECONDS)) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            status, raw = response.status, await response.content.read(LONGEST_REASON * 4)
            reason = _reason(raw) if status >= 400 else ""
    except (ClientError, OSError, TimeoutError) as error:
        reason = _why(error)
    return _Answer(status, reason, time.perf_counter() - began)


def _reason(raw: bytes) -> str:
    """Why criabot refused it, in its own words; whatever else answers is not quoted."""
    try:
        found = json.loads(raw)
    except ValueError:
        return ""
    reason = found.get("error") if isinstance(found, dict) else None
    return reason[:LONGEST_REASON] if isinstance(reason, str) and reason.isprintable() else ""


def _why(error: Exception) -> str:
    match error:
        case TimeoutError():
            return f"no answer within {SECONDS:g} s; the platform gives up after 5 s"
        case ClientConnectorCertificateError():
            return "its certificate is not valid"
        case ClientConnectorError():
            return f"no connection ({error.strerror or type(error.os_error).__name__})"
    return type(error).__name__
