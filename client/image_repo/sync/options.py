"""How to upload, and what to send with each photo."""

from dataclasses import dataclass

from image_repo.files import real_path
from image_repo.limits import MAX_TAGS
from image_repo.sync.captions import read_embedded_text
from image_repo.sync.scan import Photo
from image_repo.text import upload_name


@dataclass(frozen=True, slots=True)
class Options:
    """How to upload.

    Attributes:
        album: the album of all photos, instead of the names of their folders; "" for none.
        tags: the tags of all photos.
        keywords: also use the photos' own keywords as tags.
        jobs: the number of connections.
        dry_run: send nothing.
    """

    album: str | None = None
    tags: tuple[str, ...] = ()
    keywords: bool = False
    jobs: int = 4
    dry_run: bool = False

    def fields(self, photo: Photo) -> dict[str, str]:
        """The form fields of a photo."""
        text = read_embedded_text(photo.path)
        keywords = text.keywords if self.keywords else ()
        tags = list(dict.fromkeys((*self.tags, *keywords)))[:MAX_TAGS]
        name = upload_name(real_path(photo.path))
        fields = {"filename": name, "caption": text.caption, "tags": ",".join(tags), "album": photo.album}
        return {name: value for name, value in fields.items() if value}
