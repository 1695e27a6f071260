"""The texts that photographers' programs write into image files: captions and keywords. Standard library only.

The client and the service read them in the same way: `functions/imaging/texts` is a copy of
`client/image_repo/sync/texts`, which `python -m tools.texts` makes, and a test compares.
"""
