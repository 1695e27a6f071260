"""gcp-storage-emulator with one fix: it drops the connection if custom metadata are not Latin-1 text.

It repeats an object's metadata in the headers of a download, which cannot contain a caption with an emoji or a line
break. The official clients do not read those headers, so every encoding is right.
"""

import string
import sys
from urllib.parse import quote

from gcp_storage_emulator import server
from gcp_storage_emulator.__main__ import main

_NAME = string.ascii_letters + string.digits + "-"
_PLAIN = string.ascii_letters + string.digits + string.punctuation + " "


def fix() -> None:
    """Percent-encode the characters that a header cannot contain."""
    set_header = server.Response.__setitem__

    def set_encoded(response: server.Response, name: str, value: object) -> None:
        set_header(response, quote(name, safe=_NAME), quote(str(value), safe=_PLAIN))

    server.Response.__setitem__ = set_encoded


if __name__ == "__main__":
    fix()
    main(sys.argv[1:])
