"""Hypothesis strategies for entries, within what every document store can hold."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from functions.domain.fields import CameraTime, FileName, Kind, Tags, Text, Texts
from functions.domain.formats import FORMATS
from functions.domain.model import DESCRIPTION, Description, Facts, Image, Rendition, Renditions, RenditionState
from functions.domain.ports import Filter
from functions.domain.wall_time import EARLIEST_OFFSET, LATEST_OFFSET, WallTime
from tests.builders import NOON, NOON_ON_CAMERA, entry

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(lambda key: key[:2] != "__")
numbers = st.integers(min_value=-(2**63), max_value=2**63 - 1)
counts = st.integers(min_value=0, max_value=2**53)

zones = st.just(UTC) | st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=zones)  # noqa: DTZ001


_MINUTE = timedelta(minutes=1)
clocks = st.datetimes()
offsets = st.integers(EARLIEST_OFFSET // _MINUTE, LATEST_OFFSET // _MINUTE).map(lambda minutes: minutes * _MINUTE)
wall_times = st.builds(WallTime, clocks, st.none() | offsets)

scalars = st.none() | st.booleans() | numbers | st.floats(allow_nan=False, allow_infinity=False) | texts
exifs = st.dictionaries(
    keys, scalars | st.lists(scalars, max_size=3) | st.dictionaries(keys, scalars, max_size=3), max_size=6
)

digests = st.text("0123456789abcdef", min_size=64, max_size=64)
renditions = st.builds(
    Renditions,
    state=st.sampled_from(RenditionState),
    items=st.lists(st.builds(Rendition, name=texts, width=counts, height=counts, bytes=counts), max_size=3).map(tuple),
    reason=st.none() | texts,
)
facts = st.builds(
    Facts,
    format=st.sampled_from(list(FORMATS.values())),
    bytes=counts,
    sha256=digests,
    fingerprint=digests,
    width=counts,
    height=counts,
    frames=counts,
    taken_at=st.none() | wall_times,
    exif=exifs,
)
of_kind: dict[type[Kind], st.SearchStrategy[object]] = {
    Text: st.none() | texts,
    FileName: st.none() | texts,
    Tags: st.lists(texts, max_size=4).map(tuple),
    CameraTime: st.none() | wall_times,
    Texts: st.dictionaries(texts | st.sampled_from(["__x__", "__name__"]), texts, max_size=3),
}
descriptions = st.builds(Description, **{each.name: of_kind[type(each.kind)] for each in DESCRIPTION})
images = st.builds(
    Image,
    id=st.integers(0, 5).map(lambda number: entry(number).id),
    facts=facts,
    description=descriptions,
    uploader=texts,
    uploaded_at=moments,
    upload_id=texts,
    generation=numbers,
    metageneration=counts,
    placeholder=st.none() | texts,
    renditions=renditions,
)

similar_images = st.builds(
    entry,
    st.integers(0, 5),
    tags=st.lists(st.sampled_from(["sea", "sky", "été"]), max_size=3).map(tuple),
    album=st.sampled_from([None, "2024", "Über uns/…"]),
    uploader=st.sampled_from(["ada", "bob"]),
    format=st.sampled_from([FORMATS["jpeg"], FORMATS["png"]]),
    uploaded_at=st.integers(0, 2).map(lambda seconds: NOON + timedelta(seconds=seconds)),
    taken_at=st.none()
    | st.builds(
        lambda seconds, hours: WallTime(
            NOON_ON_CAMERA.clock + timedelta(seconds=seconds), None if hours is None else timedelta(hours=hours)
        ),
        st.integers(0, 2),
        st.sampled_from([None, -5, 9]),
    ),
    caption=st.none() | texts,
)
"""Entries that often have the same ids, times and other fields with a filter."""

filters = st.builds(
    Filter,
    tag=st.sampled_from([None, None, "sea", "sky", "été"]),
    album=st.sampled_from([None, None, "2024", "Über uns/…"]),
    uploader=st.sampled_from([None, None, "ada"]),
    format=st.sampled_from([None, None, "png"]),
)
