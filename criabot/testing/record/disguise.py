"""Takes out of texts what tells who somebody is: the same is always replaced by the same, in the same shape.

What is found: the names of those who take part, e-mail addresses, numbers of eight digits or more (telephones,
documents, orders, cards), dates of birth, tokens, and links that carry any of these. A CPF or CNPJ that was valid stays
valid, one that was not stays so. What nobody can know from the outside is not found: the name of a third person, an
address.
"""

from __future__ import annotations

import re
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from itertools import cycle
from typing import TypeAlias

__all__ = ["Disguise", "Numbering", "counted", "keyed", "parts_of"]

Numbering: TypeAlias = Callable[[str, str], int]
"""From a kind of thing and one such thing to its number: the same for the same, another for another."""

TELLING = r"""
  \[@(?P<mention>[^\]]{0,200})\]\(mention://[^)]*\)
| (?P<link>(?<![A-Za-z0-9+.-])(?:[A-Za-z][A-Za-z0-9+.-]*://|www\.)[^\s<>"')\]]*[^\s<>"')\].,;:!?])
| (?P<email>(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+)
| (?P<token>(?<![A-Za-z0-9_-])(?=[A-Za-z0-9_-]*(?:\d|[a-z][A-Z]))(?=[0-9_-]*[A-Za-z])[A-Za-z0-9_-]{20,})
| (?P<date>\b\d{1,2}(?P<sign>[/.-])\d{1,2}(?P=sign)(?P<year>\d{4})\b|\b(?P<iso_year>\d{4})-\d\d-\d\d)
| (?P<number>(?<!\d)(?<!\d\.)(?<![$€£])(?<![$€£]\ )\+?\(?\d(?:[\ \xa0().\-\u2010-\u2013/]{0,3}\d){7,})
"""
# Each begins where its signs begin, not in the middle of them: else a long text is searched once for each of its signs.
HIDDEN_IN_LINK = re.compile(r"[?#@]|%40|\d{8}|(?<![\w=-])(?=[\w=-]*\d)(?=[\w=-]*[A-Za-z])[\w=-]{16,}|[A-Za-z\d]{20,}")
A_BIRTH = 2015  # the year before which a date is somebody's birthday: nobody younger writes to a shop
CONNECTING = frozenset(("da", "das", "de", "del", "do", "dos", "la", "las", "los", "the", "van", "von"))
SHORTEST_PART = 3
TELEPHONE = 13  # digits at most, with the country's
SUBSCRIBER = 8  # its last digits, which are the same however the number is written
DOCUMENTS = (
    (re.compile(r"\d{3}\.\d{3}\.\d{3}-\d\d"), 11, 11),  # CPF
    (re.compile(r"\d\d\.\d{3}\.\d{3}/\d{4}-\d\d"), 14, 9),  # CNPJ
)
"""Brazil's: how it is written, its digits, the largest weight of its check digits."""


def counted() -> Numbering:
    """Numbers from one on, in the order of first use."""
    known: defaultdict[str, dict[str, int]] = defaultdict(dict)

    def number(kind: str, value: str) -> int:
        return known[kind].setdefault(value, len(known[kind]) + 1)

    return number


def keyed() -> Numbering:
    """Numbers that nothing has to be remembered for and that nobody can turn back; others in every process."""
    key = secrets.token_bytes(16)

    def number(kind: str, value: str) -> int:
        return int.from_bytes(blake2b(f"{kind}:{value}".encode(), key=key, digest_size=6).digest())

    return number


def parts_of(name: str) -> list[str]:
    """The words of a name that tell who it is."""
    words = re.findall(r"[^\W_]+(?:['-][^\W_]+)*", name)
    return [word for word in words if len(word) >= SHORTEST_PART and word.casefold() not in CONNECTING]


class Disguise:
    """Replaces in texts whatever tells who somebody is; call it with a text.

    Args:
        customers: names of customers, and what stands for them; found in any case, also in parts.
        agents: the same of agents; a part of such a name is found with a capital letter only, for agents are called
            "Support", too.
        identifiers: what else stands for somebody; found as a whole only.
        numbering: of what is replaced.
    """

    def __init__(
        self,
        customers: Mapping[str, str] | None = None,
        agents: Mapping[str, str] | None = None,
        identifiers: Mapping[str, str] | None = None,
        *,
        numbering: Numbering | None = None,
    ) -> None:
        self._number = numbering or counted()
        of_agents, of_customers = _parts(agents or {}), _parts(customers or {})
        self._capital_only = of_agents.keys() - of_customers.keys()
        wholes = _whole({**(identifiers or {}), **(agents or {}), **(customers or {})})
        self._names = of_agents | of_customers | wholes
        self._person = _any_of(self._names)
        self._telling = re.compile(f"{TELLING}| (?P<person>{self._person})", re.VERBOSE)

    def __call__(self, text: str) -> str:
        """The text, with nothing in it that tells who somebody is."""
        return self._telling.sub(self._other, text)

    def _other(self, match: re.Match[str]) -> str:
        kind = next(name for name in KINDS if match[name] is not None)
        return KINDS[kind](self, match)

    def _mention(self, match: re.Match[str]) -> str:
        return f"@{self(match['mention'])}"

    def _link(self, match: re.Match[str]) -> str:
        url = match["link"]
        if HIDDEN_IN_LINK.search(url.partition("://")[2] or url):
            return f"https://example.com/link{self._number('link', url)}"
        return re.sub(self._person, self._called, url, flags=re.VERBOSE)

    def _email(self, match: re.Match[str]) -> str:
        return f"person{self._number('email', match['email'].casefold())}@example.com"

    def _token(self, match: re.Match[str]) -> str:
        return f"token{self._number('token', match['token'])}"

    def _date(self, match: re.Match[str]) -> str:
        year = match["year"] or match["iso_year"]
        if int(year) >= A_BIRTH:
            return match[0]
        return "1990-01-01" if match["iso_year"] else re.sub(r"\d\d?(?=\D)", "01", match[0]).replace(year, "1990")

    def _digits(self, match: re.Match[str]) -> str:
        text, digits = match["number"], re.sub(r"\D", "", match["number"])
        if len(digits) < 2 * len(re.findall(r"\d+", text)):
            return text  # such as the grades from 1 to 9
        others = iter(self._other_digits(text, digits))
        return re.sub(r"\d", lambda _digit: next(others), text)

    def _other_digits(self, text: str, digits: str) -> str:
        for shape, length, weight in DOCUMENTS:
            is_valid = len(digits) == length and _check_digits(digits[:-2], weight) == digits[-2:]
            if is_valid or shape.fullmatch(text):
                base = str(9 * 10 ** (length - 3) + self._number("number", digits) % 10 ** (length - 3))
                checks = _check_digits(base, weight)
                return base + (checks if is_valid else f"{(int(checks) + 11) % 100:02}")
        if len(digits) <= TELEPHONE:
            number = self._number("number", digits[-SUBSCRIBER:])
            return digits[:-SUBSCRIBER] + str(10_000_000 + number % 90_000_000)
        return str(self._number("number", digits)).rjust(len(digits), "9")[-len(digits) :]

    def _called(self, match: re.Match[str]) -> str:
        found = match[0]
        if found.islower() and found.casefold() in self._capital_only:
            return found
        shown = self._names[found.casefold()]
        return shown.lower() if found.islower() else shown.upper() if found.isupper() and len(found) > 1 else shown


KINDS: Mapping[str, Callable[[Disguise, re.Match[str]], str]] = {
    "mention": Disguise._mention,
    "link": Disguise._link,
    "email": Disguise._email,
    "token": Disguise._token,
    "date": Disguise._date,
    "number": Disguise._digits,
    "person": Disguise._called,
}


def _whole(names: Mapping[str, str]) -> dict[str, str]:
    """A name of one word becomes the first word of the other one."""
    known = ((name.strip(), shown if len(parts_of(name)) != 1 else shown.split()[0]) for name, shown in names.items())
    return {name.casefold(): shown for name, shown in known if name}


def _parts(names: Mapping[str, str]) -> dict[str, str]:
    """The first word of a name becomes the first word of the other one, any other the last."""
    found: dict[str, str] = {}
    for name, shown in names.items():
        words = shown.split()
        for at, part in enumerate(parts_of(name)):
            found.setdefault(part.casefold(), words[0] if at == 0 else words[-1])
    return found


def _any_of(names: Iterable[str]) -> str:
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    return rf"(?<!\w)(?i:{'|'.join(map(re.escape, longest_first))})(?!\w)" if longest_first else r"(?!)"


def _check_digits(base: str, largest_weight: int) -> str:
    for _digit in range(2):
        weighed = zip(reversed(base), cycle(range(2, largest_weight + 1)), strict=False)
        base += str(-sum(int(digit) * weight for digit, weight in weighed) % 11 % 10)
    return base[-2:]
