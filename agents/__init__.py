"""Agents: jobs. What each may use and must achieve; nothing about how it is started."""
