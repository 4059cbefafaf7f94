"""The checks of ``criabot doctor``: each says what it found, and what to do about it."""

from criabot.setup.checks.examination import Examination, examine
from criabot.setup.checks.finding import Finding, Verdict

__all__ = ["Examination", "Finding", "Verdict", "examine"]
