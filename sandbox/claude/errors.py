"""Anthropic's errors, in its own JSON: a status, a type and words that say what to do."""

from __future__ import annotations

from typing import Any

TYPES = {
    400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
    404: "not_found_error", 409: "conflict_error", 413: "request_too_large", 429: "rate_limit_error",
    500: "api_error", 504: "timeout_error", 529: "overloaded_error",
}  # fmt: skip
WORDS = {
    429: "This request would exceed your organization's rate limit. Try again later.",
    500: "Internal server error",
    504: "The request took too long.",
    529: "Overloaded",
}


class ClaudeError(Exception):
    """An answer that is not a success."""

    def __init__(
        self, status: int, message: str = "", *, type: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        self.status = status
        self.type = type or TYPES.get(status, "api_error" if status >= 500 else "invalid_request_error")
        self.message = message or WORDS.get(status, "The request was refused.")
        self.headers = headers or {}
        super().__init__(self.message)

    def body(self, request_id: str) -> dict[str, Any]:
        """The JSON that Anthropic sends with this error, in an answer and in a stream."""
        error = {"type": self.type, "message": self.message}
        return {"type": "error", "error": error, "request_id": request_id}


def invalid(where: str, what: str) -> ClaudeError:
    """400: what is wrong, and where in the request, e.g. ``messages.2.content.0: …``."""
    return ClaudeError(400, f"{where}: {what}")


def told_to_wait(
    status: int, message: str = "", type: str | None = None, retry_after: int | None = None
) -> ClaudeError:
    """An error somebody asked for, with the wait it names."""
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return ClaudeError(status, message, type=type, headers=headers)
