"""gcp-storage-emulator, mended in one place: it drops the connection when custom metadata is no Latin-1 text.

It repeats an object's metadata in the headers of a download, where a caption with an emoji or a line break does not
fit. No official client looks at those headers, so that any encoding will do.
"""

import string
import sys
from urllib.parse import quote

from gcp_storage_emulator import server
from gcp_storage_emulator.__main__ import main

_NAME = string.ascii_letters + string.digits + "-"
_PLAIN = string.ascii_letters + string.digits + string.punctuation + " "


def mend() -> None:
    """Percent-encode whatever a header cannot hold."""
    set_header = server.Response.__setitem__

    def set_encoded(response: server.Response, name: str, value: object) -> None:
        set_header(response, quote(name, safe=_NAME), quote(str(value), safe=_PLAIN))

    server.Response.__setitem__ = set_encoded


if __name__ == "__main__":
    mend()
    main(sys.argv[1:])
