"""Slack's side of the door: what people press and type becomes a trigger, and gets an answer at once."""
