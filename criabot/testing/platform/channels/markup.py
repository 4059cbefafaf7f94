"""Markdown as each channel gets it (contract 3.8): the platform parses CommonMark and writes it in the channel's way.

Two peculiarities shape everything. Blank lines survive, because the platform hides them from the parser: what follows
one is never a heading, a list or a quotation. And whatever a channel has no words for becomes its content and a line
break, HTML tags included.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

__all__ = ["html", "messenger", "plain", "rendered", "telegram", "whatsapp"]

# Between braces, as the platform's own stand-in is: next to a word or a mark they count as punctuation.
HIDDEN_LINE = "\ue000"
BLANK_LINE = re.compile(r"^[ \t]+$", re.MULTILINE)
BLANK_LINES = re.compile(r"\n{2,}")
HIDDEN_LINES = re.compile(rf"\{{({HIDDEN_LINE}+)\}}")

OMITTED = "<!-- raw HTML omitted -->"
OWN_LINES = frozenset(
    ("paragraph", "heading", "bullet_list", "ordered_list", "list_item", "blockquote", "hr", "image", "html_inline",
     "html_block")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Style:
    """How a channel writes.

    Attributes:
        around: what stands before and after the content of a kind of node.
        link: what stands before and after a link's label, with ``{url}`` in it.
        has_labels: whether a link's label is written.
        bullet: before each item of a list without numbers.
        own_lines: kinds of nodes after which a new line begins.
        extensions: of CommonMark.
    """

    around: Mapping[str, tuple[str, str]]
    link: tuple[str, str] = ("{url}", "")
    has_labels: bool = False
    bullet: str = "- "
    own_lines: frozenset[str] = OWN_LINES
    extensions: tuple[str, ...] = ()


WHATSAPP = _Style({"strong": ("*", "*"), "em": ("_", "_"), "code_inline": ("`", "`"), "blockquote": ("> ", "")})
MESSENGER = _Style({"strong": ("*", "*"), "em": ("_", "_")})
PLAIN = _Style({"fence": ("", "\n"), "code_block": ("", "\n")}, link=("", " {url}"), has_labels=True)
TELEGRAM = _Style(
    {
        "strong": ("<strong>", "</strong>"),
        "em": ("<em>", "</em>"),
        "s": ("<del>", "</del>"),
        "code_inline": ("<code>", "</code>"),
        "heading": ("<strong>", "</strong>"),
        "blockquote": ("<blockquote>", "</blockquote>"),
        "fence": ("<pre>", "</pre>"),
        "code_block": ("<pre>", "</pre>"),
    },
    link=('<a href="{url}">', "</a>"),
    has_labels=True,
    bullet="• ",
    own_lines=OWN_LINES - {"blockquote"},
    extensions=("strikethrough",),
)


def whatsapp(text: str) -> str:
    """The text for WhatsApp: its own marks, addresses without their labels."""
    return _written(text, WHATSAPP)


def telegram(text: str) -> str:
    """The text for Telegram's ``parse_mode=HTML``; nothing is escaped."""
    return _written(text, TELEGRAM)


def messenger(text: str) -> str:
    """The text for Messenger and Instagram."""
    return _written(text, MESSENGER)


def plain(text: str) -> str:
    """The text for SMS."""
    return _written(text, PLAIN)


def html(text: str) -> str:
    """The text for mails and the widget."""
    markdown = MarkdownIt("commonmark", {"breaks": True, "html": True, "xhtmlOut": True})
    markdown.add_render_rule("html_inline", lambda *_: OMITTED)
    markdown.add_render_rule("html_block", lambda *_: f"{OMITTED}\n")
    return str(markdown.render(text))


CHANNELS = {
    "Channel::Email": html,
    "Channel::WebWidget": html,
    "Channel::Telegram": telegram,
    "Channel::Whatsapp": whatsapp,
    "Channel::FacebookPage": messenger,
    "Channel::Instagram": messenger,
    "Channel::Sms": plain,
    "Channel::TwilioSms": plain,
}


def rendered(text: str, channel_type: str) -> str:
    """The text as a channel gets it; the API channel gets what is stored."""
    style = CHANNELS.get(channel_type)
    return style(text) if style else text


def _written(text: str, style: _Style) -> str:
    if not text.strip():
        return text
    hidden = BLANK_LINES.sub(lambda lines: f"{{{HIDDEN_LINE * len(lines[0])}}}", BLANK_LINE.sub("", text))
    page = _Page(style)
    page.write(SyntaxTreeNode(_parser(style.extensions).parse(hidden)))
    return HIDDEN_LINES.sub(lambda lines: "\n" * len(lines[1]), page.text.rstrip("\n"))


@dataclass(slots=True)
class _Page:
    """What is written so far."""

    style: _Style
    text: str = ""

    def write(self, node: SyntaxTreeNode) -> None:
        """Write a node and all in it."""
        if node.type == "link":
            self._link(node)
        elif node.type in ("softbreak", "hardbreak"):
            self.text += "\n"
        else:
            self._marked(node)

    def _marked(self, node: SyntaxTreeNode) -> None:
        before, after = self.style.around.get(node.type, ("", ""))
        self.text += self._bullet(node) + before
        self._inside(node)
        self.text += after
        if node.type in self.style.own_lines and self.text and not self.text.endswith("\n"):
            self.text += "\n"

    def _inside(self, node: SyntaxTreeNode) -> None:
        if node.type in ("text", "code_inline", "fence", "code_block"):
            self.text += node.content
        for child in node.children:
            self.write(child)

    def _bullet(self, node: SyntaxTreeNode) -> str:
        if node.type != "list_item" or node.parent is None:
            return ""
        if node.parent.type == "bullet_list":
            return self.style.bullet
        return f"{int(node.parent.attrs.get('start', 1)) + node.parent.children.index(node)}. "

    def _link(self, node: SyntaxTreeNode) -> None:
        before, after = (part.format(url=node.attrs["href"]) for part in self.style.link)
        self.text += before
        if self.style.has_labels:
            self._inside(node)
        self.text += after


class _Parser(MarkdownIt):
    """A parser that leaves addresses as they are written, whatever they are."""

    def validateLink(self, url: str) -> bool:  # noqa: N802
        """Everything is an address."""
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        """The address itself, not encoded."""
        return url


@cache
def _parser(extensions: tuple[str, ...]) -> MarkdownIt:
    return _Parser("commonmark").enable(list(extensions))
