"""The events of a bucket, by the types that Cloud Storage gives them."""

from typing import Final

FINALIZED: Final = "google.cloud.storage.object.v1.finalized"
"""An object was created or replaced."""
DELETED: Final = "google.cloud.storage.object.v1.deleted"
"""An object was deleted."""
