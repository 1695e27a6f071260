"""Images: the checks of a file, its fingerprint, its metadata and its renditions. The only package that uses Pillow."""
