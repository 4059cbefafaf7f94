"""What a kind of handler is: the subject that its filters see and the values that it may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of handler, such as ``message`` or ``status_changed``.

    Attributes:
        name: the kind's name and that of its decorator; ``event`` stands for every ``Router.event(…)``.
        subject: the class that filters of this kind see.
        names: what a handler may ask for by name, each with its class; it may ask by class, too.
        has_state: whether there is a conversation whose state a handler may ask for.
    """

    name: str
    subject: type
    names: Mapping[str, type]
    has_state: bool = True
