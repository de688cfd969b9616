"""The database under everyone: the engine, the metadata, and outside writes that happen once."""
