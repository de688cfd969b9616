"""How the outside world fails: the tree of faults that every adapter raises, and nothing else.

::

    SystemFault                what happened, in which system, and what to do about it
    ├── SourceDown             no answer that can be used: network, timeout, 5xx, a cut-off answer. Try again later
    │   └── RateLimited        asked to wait; ``retry_after`` seconds when the vendor said how long
    ├── Unauthorized           the token was refused
    ├── NotAllowed             the token lacks a scope or a permission
    ├── NotFound               the record does not exist (any more)
    ├── Rejected               the request was refused as wrong
    └── BadAnswer              answered, but not in a shape this version understands

After a *write*, ``RateLimited``, ``Unauthorized``, ``NotAllowed``, ``NotFound`` and ``Rejected`` mean that certainly
nothing happened; a plain ``SourceDown`` and ``BadAnswer`` mean that it may have (``systems.sending``).
"""

from __future__ import annotations


class SystemFault(Exception):
    """Something outside went wrong. The message is plain words without secrets, fit for ``doctor`` and the log."""

    def __init__(self, system: str, what: str, fix: str = "") -> None:
        super().__init__(f"{system}: {what}" + (f" {fix}" if fix else ""))
        self.system, self.what, self.fix = system, what, fix


class SourceDown(SystemFault):
    """The system did not answer usefully; the same request may work later."""


class RateLimited(SourceDown):
    """The system asked to wait. ``retry_after`` is in seconds, None when it did not say."""

    def __init__(self, system: str, what: str, retry_after: float | None = None, fix: str = "") -> None:
        super().__init__(system, what, fix)
        self.retry_after = retry_after


class Unauthorized(SystemFault):
    """The token was refused; ``fix`` says which setting to renew."""


class NotAllowed(SystemFault):
    """The token may not do this; ``fix`` names the scope."""


class NotFound(SystemFault):
    """There is no such record."""


class Rejected(SystemFault):
    """The system refused the request as wrong; sending it again will not help. ``code``: its own word for why."""

    def __init__(self, system: str, what: str, fix: str = "", code: str = "") -> None:
        super().__init__(system, what, fix)
        self.code = code


class BadAnswer(SystemFault):
    """The answer cannot be understood, even after asking again."""
