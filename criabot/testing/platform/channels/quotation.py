"""The text of a mail without what it quotes, and HTML as text; simpler than the platform's libraries."""

from __future__ import annotations

import re
from html.parser import HTMLParser

__all__ = ["plain_text", "tidied", "without_quotation"]

BLOCKS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre"}
LINES = {"div", "li", "tr"}
HIDDEN = {"head", "style", "script", "title"}

INTRODUCTION = re.compile(
    r"^[ \t]*(?:(?:Em|On|El) [^\n]*(?:\n[^\n]+)?(?:escreveu|wrote|escribió)\s*:"
    r"|-{2,} *(?:Forwarded|Original) Message *-{2,})[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
DELIMITER = re.compile(r"^[ \t]*[-_=]{2,}[ \t]*$", re.MULTILINE)
PHONE_SIGNATURE = re.compile(r"^[ \t]*(?:Enviado do meu|Enviado desde mi|Sent from my) [^\n]*\n?", re.MULTILINE)
LAST_QUOTES = re.compile(r"(?:\n[ \t]*(?:>[^\n]*)?)+\Z")


def tidied(text: str) -> str:
    """The text with plain line ends and no blank around it."""
    return text.replace("\r\n", "\n").strip()


def without_quotation(text: str) -> str:
    """What the writer wrote: no quoted mail, no signature; all of it when nothing would be left."""
    kept = PHONE_SIGNATURE.sub("", text)
    for end in (INTRODUCTION, DELIMITER):
        kept = end.split(kept, maxsplit=1)[0]
    return LAST_QUOTES.sub("", f"\n{kept}").strip() or text


def plain_text(html: str) -> str:
    """The readable text of HTML, paragraphs apart by a blank line."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text.strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in HIDDEN
        if tag == "br":
            self.text += "\n"
        self._break(tag)
        if tag == "li":
            self.text += "- "

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in HIDDEN
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            words = re.sub(r"\s+", " ", data)
            self.text += words.lstrip() if self.text.endswith("\n") else words

    def _break(self, tag: str) -> None:
        wanted = 2 if tag in BLOCKS else 1 if tag in LINES else 0
        if wanted:
            text = self.text.rstrip()
            present = self.text.count("\n", len(text))
            self.text = text + "\n" * max(wanted, present)
