"""Sessions: the unit of work, its append-only log, the one door in, and one durable turn at a time."""
