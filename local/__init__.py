"""The local runner: all functions and their events in one process, in place of Google Cloud."""
