"""The local runner: every function in one process, events included. It stands in for the cloud."""
