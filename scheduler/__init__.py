"""What happens by the clock: one file, one schedule; clock.py wakes them."""
