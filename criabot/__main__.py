"""``python -m criabot`` is ``criabot``."""

import sys

from criabot.cli import main

sys.exit(main())
