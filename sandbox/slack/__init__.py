"""Slack on your own machine: its Web API, Socket Mode, events over HTTP, interactivity and slash commands."""
