"""Tools: the only hands an agent has. One file, one tool; authority is checked here and nowhere else."""
