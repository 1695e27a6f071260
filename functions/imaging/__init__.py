"""The only place that knows Pillow: what a file is, what it shows, and what is made from it."""
