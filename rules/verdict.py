"""The three answers to "may this be done?": yes, no, and ask somebody. Each names its rule and its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allow:
    """It may be done. ``rule`` is a stable id for the ledger, ``reason`` is for people."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """It may not be done. The reason says what to do instead, and is what the person sees."""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ask:
    """It may be done once ``of`` has said yes: ``requester`` (the person who asked), ``manager`` (theirs), or
    ``second`` (anybody else who may see the record and decide: the manager, or an administrator)."""

    rule: str
    reason: str
    of: str


Verdict = Allow | Refuse | Ask


@dataclass(frozen=True, slots=True)
class Ruling:
    """What all rules together say. ``verdict`` is the one that counts; ``all`` is everything that was said."""

    verdict: Verdict
    all: tuple[Verdict, ...]
