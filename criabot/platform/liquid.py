"""The platform renders outgoing text as a Liquid template (contract 3.7)."""

from __future__ import annotations

import re

__all__ = ["escape_liquid"]

ZERO_WIDTH_SPACE = "\u200b"

_OPENING = re.compile(r"\{(?=[{%])")


def escape_liquid(text: str) -> str:
    """The text with ``{{`` and ``{%`` made harmless by an invisible character between the two.

    Otherwise the platform replaces what stands in them, and a customer who has his own words quoted back could
    read the team's data. Also within backticks, which alone are no protection: the text may close them.
    """
    return _OPENING.sub("{" + ZERO_WIDTH_SPACE, text)
