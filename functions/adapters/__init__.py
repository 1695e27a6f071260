"""The adapters implement the ports. Only they know SQLite and Google's SDKs."""
