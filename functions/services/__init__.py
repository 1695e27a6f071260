"""Use cases, a verb each. Ports, limits, time and randomness come in as arguments."""
