"""The fence around the examination of bytes: an error that no one foresaw refuses one image, and nothing else.

All functions through which other packages pass a file to this one are within it. They work on bytes in memory, so no
error of storage can be among those that the fence catches.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from functions.domain.errors import DamagedImage, ImageRepoError, Unavailable

log = logging.getLogger(__name__)


@contextmanager
def examining() -> Iterator[None]:
    """Refuse the image if its examination fails with an unforeseen error, and log the traceback.

    The same bytes would fail again, so the error is permanent: nothing tries again. That includes RecursionError, as
    only the file decides how deep its parts are nested. Two errors are not the fault of the file. MemoryError depends
    on what the process does at the same time, because the gate accepts no image that needs more memory than an instance
    has. ImportError is a fault of the installation. Both can succeed later, or on another instance.

    Raises:
        DamagedImage: An unforeseen error.
        Unavailable: There is not enough memory now, or a library cannot be loaded.
    """
    try:
        yield
    except ImageRepoError:
        raise
    except (MemoryError, ImportError) as error:
        log.exception("An image cannot be examined now")
        raise Unavailable from error
    except Exception as error:
        log.exception("Unforeseen error while an image was examined. The image is refused as damaged")
        raise DamagedImage from error
