"""Use cases, one function for each. Ports, limits, the time and randomness are arguments."""
