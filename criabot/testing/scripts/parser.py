"""From the text of a script to its steps; the grammar is in `language`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from criabot.errors import ConfigurationError, ScriptError
from criabot.testing.scripts.language import (
    CUSTOMER,
    Act,
    AgentStep,
    BotStep,
    ClockStep,
    CustomerStep,
    Fact,
    FaultStep,
    Script,
    Silence,
    Step,
    Wanted,
)
from criabot.testing.scripts.text import SPEAKER, seconds, split, unescaped
from criabot.testing.versions import number_of

__all__ = ["parse"]

COMMENT = re.compile(r"^[ \t]*#.*|[ \t]{2,}#(?= |$).*")
LINE = re.compile(r"(?P<at_once>\+\s*)?(?P<word>[^\s:]+)(?P<rest>[^:]*):(?P<text>.*)", re.DOTALL)
AGENT = re.compile(r"(?P<name>.+?)(?P<note>\s+note)?(?:\s+to\s+(?P<to>.+))?")
BOT = re.compile(r"(?P<note>note)?\s*(?:\bto\s+(?P<to>.+))?")
OF = re.compile(r"(?:of\s+(?P<to>.+))?")
ACT = re.compile(r"\((?P<inside>(?:[^()\\]|\\.)*)\)[ \t\n]*(?P<text>.*)", re.DOTALL)
BUTTONS = re.compile(r"(?P<text>(?:[^\\]|\\.)*?)[ \t\n]*\[(?P<titles>(?:[^\[\]\\]|\\.)*)\]", re.DOTALL)
REGEX = re.compile(r"/(?P<regex>.*)/", re.DOTALL)
FIELD = re.compile(r"(name|phone|email|identifier)=(.+)")
BOT_PLACE = re.compile(r"\S+\.py(:\w+)?|[\w.]+:\w+")

# verb: whether it takes a value inside the brackets, and a text after them ("?": it may)
CUSTOMER_VERBS = {
    "taps": ("", "!"), "sends": ("!", "?"), "writes quickly": ("!", ""), "types": ("", ""), "stops typing": ("", ""),
    "reads": ("", ""), "opens the widget": ("", ""),
}  # fmt: skip
AGENT_VERBS = {
    "sends": ("!", "?"), "takes it": ("", ""), "assigns": ("!", ""), "unassigns": ("", ""), "opens": ("", ""),
    "resolves": ("", ""), "pending": ("", ""), "snoozes": ("?", ""), "labels": ("?", ""), "types": ("", ""),
    "stops typing": ("", ""),
}  # fmt: skip
FACTS: Mapping[str, tuple[str, ...]] = {
    "status": ("open", "pending", "resolved", "snoozed"),
    "assignee": (),
    "team": (),
    "labels": (),
    "priority": ("low", "medium", "high", "urgent", "none"),
    "attributes": (),
}


def parse(text: str, name: str = "script") -> Script:
    """Read a script.

    Args:
        text: the whole of it.
        name: of the file, for messages.

    Raises:
        ScriptError: a line means nothing; the message has its number, what was read and what may be meant.
    """
    headers: dict[str, Any] = {"contacts": {}}
    steps: list[Step] = []
    for line in _lines(text, name):
        if steps or not _header(line, headers):
            steps.append(PARSERS[line.word](line))
    return Script(tuple(steps), **headers, name=name)


@dataclass(frozen=True, slots=True)
class _Line:
    """A step's line with those that continue it."""

    script: str
    number: int
    at_once: bool
    word: str
    rest: str
    text: str

    def wrong(self, why: str, given: str = "", known: Iterable[str] = ()) -> NoReturn:
        """Say why it means nothing."""
        _refuse(self.script, self.number, why, given, known)


def _refuse(script: str, number: int, why: str, given: str = "", known: Iterable[str] = ()) -> NoReturn:
    close = difflib.get_close_matches(given, list(known), n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise ScriptError(f"{script}:{number}: {why}{hint}")


def _lines(text: str, script: str) -> Iterator[_Line]:
    for number, joined in _joined(text, script):
        match = LINE.fullmatch(joined)
        if match is None:
            _refuse(script, number, f"{joined!r} is no step: it needs a colon, as in 'customer: oi'.")
        word = match["word"]
        if word not in PARSERS:
            _refuse(script, number, f"{word!r} is nobody and nothing known: {joined!r}.", word, PARSERS)
        line = _Line(script, number, bool(match["at_once"]), word, match["rest"].strip(), match["text"].strip(" \t"))
        if line.at_once and word not in ("customer", "agent"):
            line.wrong("'+' goes before what a customer or an agent does.")
        if not line.text:
            line.wrong(f"nothing follows {joined!r}.")
        yield line


def _joined(text: str, script: str) -> Iterator[tuple[int, str]]:
    """The steps with the number of their first line; what is indented deeper belongs to the one above."""
    number, indent, parts = 0, 0, list[str]()
    for at, raw in enumerate(text.split("\n"), 1):
        line = COMMENT.sub("", raw.removesuffix("\r")).rstrip(" \t")
        bare = line.lstrip(" \t")
        if not bare:
            continue
        depth = len(line.removesuffix(bare).expandtabs())
        if parts and depth > indent:
            if step := SPEAKER.match(bare):
                why = (
                    f"indented deeper than line {number}, {bare!r} goes on with its text; indent it like that line, or"
                )
                _refuse(script, at, f"{why} write '{step[1]}\\:' if it is text.")
            parts.append(bare)
            continue
        if parts:
            yield number, "\n".join(parts)
        number, indent, parts = at, depth, [bare]
    if parts:
        yield number, "\n".join(parts)


def _header(line: _Line, headers: dict[str, Any]) -> bool:
    """Take a header in, if it is one."""
    if line.word in ("channel", "version"):
        headers[line.word] = line.text
        if line.word == "version":
            _check_version(line)
    elif line.word == "bot" and not line.rest and BOT_PLACE.fullmatch(line.text):
        headers["bot"] = line.text
    elif line.word == "customer" and (fields := _fields(line.text)):
        headers["contacts"][line.rest or CUSTOMER] = fields
    else:
        return False
    return True


def _check_version(line: _Line) -> None:
    try:
        number_of(line.text)
    except ConfigurationError as error:
        line.wrong(str(error))


def _fields(text: str) -> dict[str, str]:
    """What is known of a customer; empty when the text is something that they say."""
    parts = [FIELD.fullmatch(part) for part in split(text)]
    return {part[1]: part[2] for part in parts if part} if all(parts) else {}


def _late_header(line: _Line) -> NoReturn:
    line.wrong(f"{line.word!r} goes before the first step.")


def _customer(line: _Line) -> Step:
    act = _act(line, CUSTOMER_VERBS)
    return CustomerStep(act, line.rest or CUSTOMER, line.at_once, line.number)


def _agent(line: _Line) -> Step:
    match = AGENT.fullmatch(line.rest)
    if match is None:
        line.wrong("an agent has a name, as in 'agent Ana: oi'.")
    act = Act("notes", text=unescaped(line.text)) if match["note"] else _act(line, AGENT_VERBS)
    if act.verb == "snoozes" and act.value and seconds(act.value) is None:
        line.wrong(f"{act.value!r} is no duration: 90s, 15m, 2h, 1d, 1h30m.")
    return AgentStep(act, match["name"], match["to"], line.at_once, line.number)


def _act(line: _Line, verbs: Mapping[str, tuple[str, str]]) -> Act:
    match = ACT.fullmatch(line.text)
    if match is None:
        return Act("says", text=unescaped(line.text))
    inside = " ".join(match["inside"].split())
    verb = max((verb for verb in verbs if f"{inside} ".startswith(f"{verb} ")), key=len, default="")
    if not verb:
        why = f"'({inside})' is nothing that a {line.word} can do; write '\\(' where the bracket is part of the text."
        line.wrong(why, inside, verbs)
    value, text = inside.removeprefix(verb).strip(), unescaped(match["text"])
    for given, rule, what in zip((value, text), verbs[verb], ("in the brackets", "after the brackets"), strict=True):
        if (rule == "!" and not given) or (rule == "" and given):
            line.wrong(f"'({verb})' takes {'something' if rule else 'nothing'} {what}.")
    return Act(verb, value, text)


def _bot(line: _Line) -> Step:
    match = BOT.fullmatch(line.rest)
    if match is None:
        line.wrong(f"'bot {line.rest}' is nothing known: 'bot', 'bot note', 'bot to NAME'.")
    if line.text == "(silent)":
        return Silence(match["to"], line.number)
    text, files = line.text, None
    if act := ACT.fullmatch(text):
        text, files = act["text"], split(act["inside"].removeprefix("sends"))
        if not act["inside"].startswith("sends ") or not files:
            line.wrong(f"'({act['inside']})' is nothing that a bot can do.", act["inside"], ("silent", "sends"))
    buttons = None
    if choice := BUTTONS.fullmatch(text):
        text, buttons = choice["text"], split(choice["titles"], "|")
    return BotStep(_wanted(line, text), match["to"], bool(match["note"]), buttons, files, line.number)


def _wanted(line: _Line, text: str) -> Wanted:
    if regex := REGEX.fullmatch(text):
        try:
            re.compile(regex["regex"])
        except re.error as error:
            line.wrong(f"/{regex['regex']}/ is no regular expression: {error}.")
        return Wanted(regex["regex"], "matches")
    if text.startswith("~"):
        return Wanted(unescaped(text[1:].lstrip(" \t")), "contains")
    return Wanted(unescaped(text))


def _fact(line: _Line) -> Step:
    match, known, value = OF.fullmatch(line.rest), FACTS[line.word], " ".join(line.text.split())
    if match is None:
        line.wrong(f"'{line.word} {line.rest}' is nothing known: '{line.word}', '{line.word} of NAME'.")
    if known and value not in known:
        line.wrong(f"{value!r} is no {line.word}; there are: {', '.join(known)}.", value, known)
    if line.word == "attributes" and not all("=" in part for part in split(value)):
        line.wrong("attributes are names and values, as in 'attributes: plan=gold, city=Recife'.")
    return Fact(line.word, value, match["to"], line.number)


def _clock(line: _Line) -> Step:
    length = seconds(line.text.removeprefix("+").strip())
    if length is None:
        line.wrong(f"{line.text!r} is no duration: +90s, +15m, +2h, +1d, +1h30m.")
    return ClockStep(length, line.number)


def _fault(line: _Line) -> Step:
    name, *arguments = line.text.split()
    return FaultStep(name, tuple(arguments), line.number)


PARSERS: Mapping[str, Callable[[_Line], Step]] = {
    "customer": _customer,
    "bot": _bot,
    "agent": _agent,
    **dict.fromkeys(FACTS, _fact),
    "clock": _clock,
    "fault": _fault,
    "channel": _late_header,
    "version": _late_header,
}
