"""What support teams write between braces, beside what was recorded."""

from __future__ import annotations

import pytest

from criabot.testing.platform.liquid import CLOCK, LiquidError, render

VALUES = {
    CLOCK: 1_800_000_000.0,
    "contact": {"name": "Ana Lima", "email": None, "custom_attribute": {"plano": "ouro"}},
    "inbox": {"name": "Site & <Loja>"},
}


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("{{ contact.custom_attribute.plano | capitalize }}", "Ouro"),
        ("{{contact.email|default:'sem | e-mail'}}", "sem | e-mail"),
        ("{{ inbox.name | escape }}", "Site &amp; &lt;Loja&gt;"),
        ("{{ contact.name | split: ' ' | last | append: '!' }}", "Lima!"),
        ("{{ contact.name | truncate: 6 }}", "Ana..."),
        ("{{ contact.name | nobody_knows_this_filter }}", "Ana Lima"),
        ("{{ 'now' | date: '%Y-%m-%d' }}", "2027-01-15"),
        ("{{ 7 | divided_by: 2 }} {{ '7' | times: 1.5 }}", "3 10.5"),
        ("{{ contact.name and more words }}", "Ana Lima"),
        ("{{ contact }}{{ }}{{ nobody.at.all }}", ""),
        ("{%- if contact.email -%}a{%- elsif contact.name contains 'Lima' -%}b{%- else -%}c{%- endif -%}", "b"),
        ("{% unless contact.email %}{% if false %}a{% else %}b{% endif %}{% endunless %}", "b"),
        ("{% if contact.email == blank and inbox.name != '' or false %}a{% endif %}", "a"),
        ("{% if false %}{% assign who = 'a' %}{% endif %}{% assign whom = contact.name | upcase %}{{ whom }}{{ who }}",
         "ANA LIMA"),
        ("{% comment %}{{ contact.name }}{% endcomment %}{% raw %}{{ a }}{% endraw %}", "{{ a }}"),
    ],
)  # fmt: skip
def test_rendered(text: str, rendered: str) -> None:
    assert render(text, VALUES) == rendered


@pytest.mark.parametrize("text", ["{% nobody %}", "{% if a %}", "{% endif %}", "{{ a }", "{{ a", "{% raw %}", "{% a"])
def test_a_tag_that_is_unknown_or_not_closed_makes_it_no_template(text: str) -> None:
    with pytest.raises(LiquidError):
        render(text, VALUES)
