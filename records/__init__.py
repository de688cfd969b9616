"""Our own copy of what the vendors know, kept fresh by incremental sync."""
