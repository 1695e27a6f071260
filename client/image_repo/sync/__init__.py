"""Uploading folders of photos."""
