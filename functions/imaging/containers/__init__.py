"""The file formats' containers: one module each, which reads the header and removes private metadata without decoding.

Each has `header(data, limits) -> Header`, and those whose metadata can be removed have `strip(data, orientation)`.
They walk their file once, in steps bounded by `MAX_PARTS`; a missing byte surfaces as IndexError or struct.error, which
`gate` and `strip` turn into DamagedImage.
"""
