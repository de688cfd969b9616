"""HubSpot's errors, in its own JSON: a status, a category and words that say what to do."""

from __future__ import annotations

from typing import Any
from uuid import UUID


class HubSpotError(Exception):
    """An answer that is not a success. ``category`` is HubSpot's word, e.g. ``VALIDATION_ERROR``."""

    def __init__(
        self,
        status: int,
        category: str,
        message: str,
        *,
        errors: list[dict[str, Any]] | None = None,
        context: dict[str, list[str]] | None = None,
        sub_category: str | None = None,
        extra: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.category = category
        self.message = message
        self.errors = errors
        self.context = context
        self.sub_category = sub_category
        self.extra = extra or {}
        self.headers = headers or {}

    def body(self, correlation: UUID) -> dict[str, Any]:
        """The JSON that HubSpot sends with this error."""
        told: dict[str, Any] = {
            "status": "error", "message": self.message, "correlationId": str(correlation), "category": self.category,
        }  # fmt: skip
        if self.errors:
            told["errors"] = self.errors
        if self.context:
            told["context"] = self.context
        if self.sub_category:
            told["subCategory"] = self.sub_category
        return told | self.extra

    def as_batch_error(self) -> dict[str, Any]:
        """One entry of the ``errors`` list of a 207 answer."""
        told: dict[str, Any] = {
            "status": "error", "category": self.category, "message": self.message, "context": self.context or {},
            "errors": self.errors or [], "links": {},
        }  # fmt: skip
        if self.sub_category:
            told["subCategory"] = self.sub_category
        return told


def invalid(message: str, *, code: str | None = None, name: str | None = None) -> HubSpotError:
    """400 VALIDATION_ERROR; ``name`` is the property or field at fault."""
    if name is None:
        return HubSpotError(400, "VALIDATION_ERROR", message)
    detail = {"message": message, "code": code or "INVALID", "context": {"propertyName": [name]}}
    return HubSpotError(400, "VALIDATION_ERROR", f"Property values were not valid: {message}", errors=[detail])


def not_found(message: str = "resource not found") -> HubSpotError:
    """404 OBJECT_NOT_FOUND."""
    return HubSpotError(404, "OBJECT_NOT_FOUND", message)
