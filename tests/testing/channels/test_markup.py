"""Markdown as the channels get it, where the recorded texts of the channels' own tests leave it open."""

from __future__ import annotations

import pytest

from criabot.testing.platform.channels import markup


@pytest.mark.parametrize(
    ("text", "whatsapp", "telegram", "messenger", "plain"),
    [
        ("**b** *i* `c`", "*b* _i_ `c`", "<strong>b</strong> <em>i</em> <code>c</code>", "*b* _i_ c", "b i c"),
        ("~~x~~", "~~x~~", "<del>x</del>", "~~x~~", "~~x~~"),
        ("~x~", "~x~", "~x~", "~x~", "~x~"),
        ("# T\ntexto", "T\ntexto", "<strong>T</strong>\ntexto", "T\ntexto", "T\ntexto"),
        ("- a\n- b", "- a\n- b", "• a\n• b", "- a\n- b", "- a\n- b"),
        ("3. a\n4. b", "3. a\n4. b", "3. a\n4. b", "3. a\n4. b", "3. a\n4. b"),
        ("[l](https://e.x/ç?a=1&b)", "https://e.x/ç?a=1&b", '<a href="https://e.x/ç?a=1&b">l</a>',
         "https://e.x/ç?a=1&b", "l https://e.x/ç?a=1&b"),
        ("> dito", "> dito", "<blockquote>dito\n</blockquote>", "dito", "dito"),
        ("> dito\n# T", "> dito\nT", "<blockquote>dito\n</blockquote><strong>T</strong>", "dito\nT", "dito\nT"),
        ("```\nx = 1\n```", "x = 1", "<pre>x = 1\n</pre>", "x = 1", "x = 1"),
        ("a &amp; <b>c</b>", "a & \nc", "a & \nc", "a & \nc", "a & \nc"),
    ],
)  # fmt: skip
def test_each_channel_writes_in_its_own_way(
    text: str, whatsapp: str, telegram: str, messenger: str, plain: str
) -> None:
    assert markup.whatsapp(text) == whatsapp
    assert markup.telegram(text) == telegram
    assert markup.messenger(text) == messenger
    assert markup.plain(text) == plain


def test_after_a_blank_line_nothing_is_a_heading_a_list_or_a_quotation() -> None:
    assert markup.whatsapp("Oi\n\n# Título\n\n- um\n\n> dito\n\n---") == "Oi\n\n# Título\n\n- um\n\n> dito\n\n---"
    assert markup.telegram("Oi\n\n**sim**") == "Oi\n\n<strong>sim</strong>"


def test_blank_lines_stay_as_many_as_they_are() -> None:
    assert markup.plain("a\n\n\n\nb\n   \nc\n\n") == "a\n\n\n\nb\n\nc\n\n"


def test_blanks_at_the_end_are_cut_but_a_blank_text_is_not() -> None:
    assert markup.whatsapp("linha 8   ") == "linha 8"
    assert markup.whatsapp("   ") == "   "
    assert markup.whatsapp("") == ""


def test_a_line_ends_where_it_ended() -> None:
    assert markup.whatsapp("um\ndois\\\ntrês") == "um\ndois\ntrês"


def test_braces_of_the_text_are_left_alone() -> None:
    assert markup.plain("{{ contact.name }}\n\n{x}") == "{{ contact.name }}\n\n{x}"


def test_lists_in_lists_lose_their_depth() -> None:
    assert markup.plain("1. a\n   - x\n   - y\n2. b") == "1. a\n- x\n- y\n2. b"
