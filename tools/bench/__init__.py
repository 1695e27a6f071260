"""`make bench`: measures speed and memory, and compares them with baselines. Each row of the report has a module."""
