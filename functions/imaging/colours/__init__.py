"""How the samples of an image are to be read as colours, and their conversion to sRGB."""
