"""Skills: how the work is done well, in words. An agent sees their names and loads a text when it needs it."""
