"""What a conversation has been shown so far, for whoever must know what could leave it: records, or only words."""

from __future__ import annotations

from collections.abc import Sequence

from agents.agent import Event
from systems.servers import PREFIX

SILENT = frozenset({
    "started", "began", "heard", "answered", "called", "asked", "returned", "tainted", "compacted", "forked", "waiting",
    "streaming", "streamed", "moved", "ending", "replied", "done", "failed", "broke", "unfinished", "stopped", "edited",
    "deleted",
})  # fmt: skip
"""Lines that tell nothing of a record by themselves. A line that isn't known here counts as one that does."""
OF_NO_RECORD = frozenset({"load_skill"})


def read_records(log: Sequence[Event]) -> bool:
    """Whether this session may have been shown anything of the records, ever: by a tool, a list or another agent."""
    return any(_tells(event) for event in log)


def _tells(event: Event) -> bool:
    if event.kind == "called":
        tool = str(event.body["tool"])
        return tool not in OF_NO_RECORD and not tool.startswith(f"{PREFIX}_")
    if event.kind == "began":
        return bool(event.body.get("read_records"))
    return event.kind not in SILENT
