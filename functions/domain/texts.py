"""One form for each text, however it was typed."""

from unicodedata import normalize


def composed(text: str) -> str:
    """The text with its accents composed (Unicode's NFC): Macs name folders otherwise, and one album would be two."""
    return normalize("NFC", text)
