"""The outside world: ports, one adapter a vendor, settings, and the only wiring between them."""
