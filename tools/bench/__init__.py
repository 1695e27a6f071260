"""`make bench`: speed and memory, measured beside their baselines. Each row of the report is a module of its own."""
