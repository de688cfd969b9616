"""The outside world on your own machine: Slack, HubSpot and Jira over their real wire protocols."""
