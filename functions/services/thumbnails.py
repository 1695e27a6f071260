"""Make the renditions of an original: the use case behind the storage event `finalized` of the originals bucket."""

import logging
from collections.abc import Mapping
from dataclasses import replace

from functions.domain.errors import Conflict, ImageRefused, ObjectNotFound
from functions.domain.formats import WEBP
from functions.domain.ids import parse_object_name, rendition_name
from functions.domain.model import Image, Renditions, RenditionState, rendition_sizes
from functions.domain.ports import Bucket, Catalog, Object
from functions.domain.renditions import rendition_metadata, source_generation
from functions.imaging.renditions import Rendered, render
from functions.imaging.strip import is_strippable
from functions.services.forget import delete_renditions
from functions.services.reconcile import entry_from_object, reconcile

log = logging.getLogger(__name__)


def make_thumbnails(name: str, catalog: Catalog, originals: Bucket, renditions: Bucket) -> None:
    """Make the catalog entry and the renditions of the object `name` agree with its present state.

    Nothing happens if the object is gone, if its name is not that of an original, or if it has its renditions. If the
    file cannot be rendered, the entry records that, and no event tries again.

    Raises:
        Unavailable: a backend did not answer; the event must be delivered again.
    """
    source = originals.stat(name) if parse_object_name(name) else None
    if source is None:
        return
    try:
        entry = _entry(source, catalog, originals)
        if entry.generation == source.generation and entry.renditions.state is RenditionState.PENDING:
            _make(entry, catalog, originals, renditions)
    except ObjectNotFound:
        return  # the object was deleted in the meantime; the event of that deletion does the rest
    except ImageRefused as refusal:
        log.warning(
            "%s gets no thumbnails, because it is not an image that an upload accepts: %s", name, refusal.detail
        )


def _entry(source: Object, catalog: Catalog, originals: Bucket) -> Image:
    seen = catalog.get(source.name.partition(".")[0])
    known = seen.facts if seen is not None and seen.generation == source.generation else None
    return reconcile(entry_from_object(source, originals, facts=known), seen, catalog, originals)


def _make(entry: Image, catalog: Catalog, originals: Bucket, renditions: Bucket) -> None:
    source, data = originals.read(entry.object_name)
    if source.generation != entry.generation:
        return  # the image was deleted and stored again; another event makes its renditions
    sizes = rendition_sizes(entry.facts.width, entry.facts.height)
    full_size = entry.needs_full_size or not is_strippable(data, entry.facts.format)
    try:
        rendered = render(data, entry.facts.format, sizes, full_size=full_size)
    except ImageRefused as refusal:
        finish(entry, Renditions(RenditionState.FAILED, reason=refusal.detail), None, catalog)
        return
    _write_all(entry, rendered, renditions)
    ready = Renditions(RenditionState.READY, tuple(rendition for rendition, _ in rendered.items))
    if not finish(entry, ready, rendered.placeholder, catalog):
        delete_renditions(entry.id, renditions, up_to=source.generation)


def _write_all(entry: Image, rendered: Rendered, renditions: Bucket) -> None:
    """Write the renditions to their bucket. The metadata of the smallest one contains the placeholder."""
    for number, (rendition, content) in enumerate(rendered.items):
        metadata = rendition_metadata(rendition, entry.generation, None if number else rendered.placeholder)
        _write(rendition_name(entry.id, rendition.name), content, metadata, entry.generation, renditions)


def _write(name: str, content: bytes, metadata: Mapping[str, str], generation: int, renditions: Bucket) -> None:
    """Create a rendition, or replace one that was made from an older generation or by another release.

    Its metadata contains the generation of its original. So the deletion of an older original does not remove it.
    """
    older = 0
    while True:
        try:
            renditions.write(
                name,
                content,
                content_type=WEBP.content_type,
                metadata=metadata,
                if_generation=older,
            )
        except Conflict:
            present = renditions.stat(name)
            if present and (
                source_generation(present) > generation or (present.size, present.metadata) == (len(content), metadata)
            ):
                return
            older = present.generation if present else 0
        else:
            return


def finish(entry: Image, state: Renditions, placeholder: str | None, catalog: Catalog) -> bool:
    """Write the state of the renditions into the entry; False if the image was deleted or stored again meanwhile."""
    seen: Image | None = entry
    while seen is not None and seen.generation == entry.generation:
        try:
            catalog.replace(replace(seen, renditions=state, placeholder=placeholder), seen=seen)
        except Conflict:
            seen = catalog.get(entry.id)
        else:
            return True
    return False
