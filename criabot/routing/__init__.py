"""Which handler runs: routers, filters, the binding of parameters, middleware.

Routing knows nothing of the engine, the web server or the platform: it is told what kinds of handlers there are
(``Kind``), checks a bot against them once (``compile_routes``), and then takes each event (``Scope``) to its handler.
"""

from criabot.routing.compilation import compile_routes
from criabot.routing.dispatch import Handled, Routes
from criabot.routing.filters import Filter, FilterLike
from criabot.routing.kinds import Kind
from criabot.routing.magic import F
from criabot.routing.middleware import CallNext
from criabot.routing.origin import Origin
from criabot.routing.router import Router, skip
from criabot.routing.scope import Scope, StateLoader
from criabot.routing.text import Regex

__all__ = [
    "CallNext",
    "F",
    "Filter",
    "FilterLike",
    "Handled",
    "Kind",
    "Origin",
    "Regex",
    "Router",
    "Routes",
    "Scope",
    "StateLoader",
    "compile_routes",
    "skip",
]
