"""From what was reported to what is shown: the steps of an event, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

from criabot.cli.demo.report import Report
from criabot.cli.demo.stage import LEASE_SECONDS, Held, Trace

__all__ = ["Line", "timeline"]

ONCE = {"claimed", "committed", "noted"}  # the platform's events about a message walk through the same steps


class Line(NamedTuple):
    """A step as it is shown.

    Attributes:
        name: of the step, empty for a remark on the one before.
        text: what happened.
        style: of the name, for rich.
        after: milliseconds since the webhook was sent.
    """

    name: str
    text: str
    style: str = "bold"
    after: float | None = None


def timeline(trace: Trace, before: Held) -> Iterator[Line]:
    """The steps of a delivery.

    Args:
        trace: what happened.
        before: what Redis held of the conversation before it.
    """
    shown: set[str] = set()
    for report in trace.reports:
        line = _step(report, trace, before) or _incident(report, trace)
        if line is None or line.name in shown & ONCE:
            continue
        if report.what == "accepted":
            yield Line("webhook", "received, its signature is right")
        yield line._replace(after=(report.at - trace.began) * 1000)
        shown.add(line.name)
        if line.name == "committed":
            yield from _states(trace, before)


def _step(report: Report, trace: Trace, before: Held) -> Line | None:
    match report:
        case Report("accepted", "QUEUED", "message_created"):
            return Line("stored", f"in its conversation's lane, then answered {_answer(trace)}")
        case Report("accepted", "DUPLICATE"):
            return Line("duplicate", f"dropped: stored before; answered {_answer(trace)}", "bold yellow")
        case Report("step", "claimed"):
            return Line("claimed", f"by one process, for one turn (lease {LEASE_SECONDS} s)")
        case Report("event"):
            return _turn(report)
        case Report("step", "committed"):
            return Line("committed", f"{_committed(trace, before)} in one atomic step")
        case Report("call", method):
            return Line(method, _call(report), "bold cyan")
        case Report("step", "sent"):
            return Line("sent", "and off the outbox", "bold green")
    return None


def _incident(report: Report, trace: Trace) -> Line | None:
    match report:
        case Report("reply", text=text) if text != "sent":
            return Line("checked", f"the reply is {text}", "bold yellow")
        case Report("killed"):
            waiting = _counted(trace.held.replies, "reply")
            return Line("kill -9", f"process {report.text} is dead, {waiting or 'nothing'} waits in Redis", "bold red")
        case Report("started"):
            return Line("restarted", f"process {report.text}; it waits for the dead one's lease", "bold green")
    return None


def _turn(report: Report) -> Line:
    """What the log says about the turn."""
    if report.text.startswith("handled by "):
        return Line("handler", f"{report.text.removeprefix('handled by ')} ran", "bold green")
    if report.name != "message_created":
        return Line("noted", "the platform confirms it: a human has it now")
    if report.text == "noted":
        return Line("noted", "a human wrote: the bot is silent from here on", "bold magenta")
    name = "silent" if report.text.startswith("left to the humans") else "handler"
    return Line(name, report.text, "bold magenta")


def _answer(trace: Trace) -> str:
    answered = next(report for report in trace.reports if report.what == "answered")
    return answered.text


def _committed(trace: Trace, before: Held) -> str:
    """What the commit held: its effects were carried out since, or wait in Redis still."""
    called = [report.text for report in trace.reports if report.what == "call" and report.name == "POST"]
    only_messages = all(text.startswith("messages") for text in called)
    effects = _counted(len(called) + trace.held.replies, "reply" if only_messages else "call")
    parts = ["event done"]
    parts += ["state"] if trace.held.states != before.states else []
    parts += [f"owner {trace.held.owner}"] if trace.held.owner != before.owner else []
    return " + ".join([*parts, *([effects] if effects else [])])


def _call(report: Report) -> str:
    action, _, status = report.text.partition(" ")
    words = {"messages": "the reply", "note": "the note", "toggle_status": "status open"}
    return f"{words.get(action, 'the conversation: did the reply arrive?')} → {status}"


def _states(trace: Trace, before: Held) -> Iterator[Line]:
    for name, state in trace.held.states.items():
        if before.states.get(name) != state:
            values = ", ".join(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in state.items())
            yield Line("", f"{name}({values})")


def _counted(number: int, what: str) -> str:
    """How many; empty for none."""
    plural = what.removesuffix("y") + "ies" if what.endswith("y") else f"{what}s"
    return f"{number} {what if number == 1 else plural}" if number else ""
