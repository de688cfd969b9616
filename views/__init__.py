"""What people see, as Block Kit and as plain text: the list, why, and the one escaper. Pure."""
