"""The verified fake: recorded scenarios of a real server, replayed against the simulator and compared.

``python -m criabot.testing.verify DIR [--version 4.15] [--scenario NAME]``
"""

from __future__ import annotations

from criabot.testing.verify.comparison import MISSING, Difference, differences
from criabot.testing.verify.reasons import Reason, Reasons
from criabot.testing.verify.replay import Outcome, replay
from criabot.testing.verify.scenarios import Scenario, Step, load

__all__ = ["MISSING", "Difference", "Outcome", "Reason", "Reasons", "Scenario", "Step", "differences", "load", "replay"]
