"""A conversation and the order of what was said in it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


def micros(ts: str) -> int:
    """A Slack timestamp ("1700000000.000100", "1700000000") in microseconds; ValueError if it is none."""
    seconds, _, fraction = ts.partition(".")
    return int(seconds) * 1_000_000 + int((fraction + "000000")[:6])


@dataclass
class Channel:
    """A conversation: a channel (public, private, or shared with another company), or a person's DM with the app."""

    id: str
    name: str
    is_im: bool
    members: list[str]
    created: int
    user: str | None = None
    is_ext_shared: bool = False
    is_private: bool = False
    opened_by_app: bool = False
    messages: dict[str, Json] = field(default_factory=dict)
    roots: list[int] = field(default_factory=list)
    threads: dict[str, list[str]] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """im, channel or group (a private channel), as events say it."""
        return "im" if self.is_im else "group" if self.is_private else "channel"

    def between(self, oldest: str | None, latest: str | None, inclusive: bool) -> list[str]:
        """The timestamps of top-level messages in that span, oldest first."""
        low, high = 0, len(self.roots)
        if oldest is not None:
            low = (bisect_left if inclusive else bisect_right)(self.roots, micros(oldest))
        if latest is not None:
            high = (bisect_right if inclusive else bisect_left)(self.roots, micros(latest))
        return [f"{at // 1_000_000}.{at % 1_000_000:06d}" for at in self.roots[low:high]]
