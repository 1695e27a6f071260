"""The containers of the file formats: one module each reads the header and removes metadata, without decoding.

Each module has `header(data, limits) -> Header` or a check. If the metadata can be removed, it has
`strip(data, orientation)`. Each function reads the file once, in at most `MAX_PARTS` steps. A missing byte raises
IndexError or struct.error, which `gate` and `strip` turn into DamagedImage.
"""
