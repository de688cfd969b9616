"""What Daybook is doing just now, in a few words under the conversation; no customer's name, for others look on."""

from __future__ import annotations

THINKING = "is thinking"
HELD_UP = "is waiting for another system to answer, and goes on by itself"
_DOING = {
    "find_account": "is looking up the account",
    "read_account": "is reading the account",
    "read_tickets": "is reading the tickets",
    "read_calls": "is reading the calls",
    "my_list": "is looking at the list",
    "extract_facts": "is looking for facts in a text",
    "explain_priority": "is adding up the points",
    "explain_policy": "is looking up the rules",
    "log_call": "is logging the call",
    "log_note": "is writing the note",
    "create_task": "is making the task",
    "complete_task": "is ticking off the task",
    "update_deal": "is preparing the change",
    "update_deals": "is preparing the changes",
    "update_contact": "is preparing the change",
    "comment_ticket": "is writing the comment",
    "reply_ticket": "is drafting the reply",
    "snooze_account": "is putting the account aside",
    "ask_agent": "is asking another agent",
    "load_skill": "is reading up on it",
}


def doing(tool: str) -> str:
    """The words for a tool at work."""
    if tool.startswith("mcp_"):
        return "is asking a server outside"
    return _DOING.get(tool, "is working on it")
