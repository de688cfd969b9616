"""HTTP: Slack's events when Socket Mode is off, and health."""
