"""The maintainer's commands."""
