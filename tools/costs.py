"""What operations cost on Google Cloud: `python -m tools.costs` writes docs/costs.md."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parent.parent / "docs" / "costs.md"

# List prices in US dollars for a single region (us-central1 and europe-west1 differ by a few per cent), without the
# free quotas, from Google's pricing pages on PRICES_OF. The page names the sources.
PRICES_OF: Final = "2026-11-20"
READ: Final = 0.03 / 100_000
WRITE: Final = 0.09 / 100_000
DELETE: Final = 0.01 / 100_000
CLASS_A: Final = 0.005 / 1_000
CLASS_B: Final = 0.0004 / 1_000
REQUEST: Final = 0.40 / 1_000_000
CPU_SECOND: Final = 0.000024
GIB_SECOND: Final = 0.0000025
STORED_GB: Final = 0.020
FIRESTORE_GIB: Final = 0.15
SENT_GB: Final = 0.12

ORIGINAL_MB: Final = 3.0
RENDITIONS_MB: Final = 0.3
ENTRY_KIB: Final = 8.0
"""An entry of about 3 KiB with its index entries."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the service, and what it uses.

    Attributes:
        reads, writes, deletes: documents of Firestore; a query that finds nothing is one read.
        class_a, class_b: operations of Cloud Storage; an event counts as one of class B.
        requests: to functions.
        seconds: seconds of an instance with 1 vCPU and 1 GiB that serves one request at a time.
        sent_mb: MB sent to the internet, for a typical image.
    """

    name: str
    reads: float = 0
    writes: int = 0
    deletes: int = 0
    class_a: int = 0
    class_b: int = 0
    requests: int = 1
    seconds: float = 0.1
    sent_mb: float = 0

    @property
    def dollars(self) -> float:
        """The price of a thousand operations, in US dollars."""
        database = self.reads * READ + self.writes * WRITE + self.deletes * DELETE
        storage = self.class_a * CLASS_A + self.class_b * CLASS_B
        compute = self.requests * REQUEST + self.seconds * (CPU_SECOND + GIB_SECOND)
        return 1000 * (database + storage + compute + self.sent_mb / 1000 * SENT_GB)


OPERATIONS: Final = (
    Operation("upload, new, with its 5 thumbnails", reads=3, writes=2, class_a=6, class_b=5, requests=2, seconds=1.5),
    Operation("upload, exact duplicate", reads=1, class_b=1, seconds=0.2),
    Operation("drop, new, with its 5 thumbnails", reads=3, writes=2, class_a=7, class_b=9, requests=3, seconds=2.0),
    Operation("upload by ticket, polled twice", reads=6, writes=4, class_a=7, class_b=9, requests=6, seconds=2.5),
    Operation("check of 500 files, none known", reads=17, seconds=0.3),
    Operation("view of a thumbnail by its own URL", class_b=1, requests=0, seconds=0, sent_mb=0.04),
    Operation("view of an original", reads=1, class_b=2, seconds=0.2, sent_mb=ORIGINAL_MB),
    Operation("page of 20", reads=21, seconds=0.1, sent_mb=0.04),
    Operation("draw", reads=1, seconds=0.05, sent_mb=0.002),
    Operation("update", reads=1, writes=1, class_a=1, class_b=1, seconds=0.2),
    Operation("deletion, with its event", reads=2, deletes=2, class_a=3, class_b=1, requests=2, seconds=0.5),
)


def page() -> str:
    """The page, in Markdown."""
    rows = "\n".join(_row(each) for each in OPERATIONS)
    kept = "\n".join(
        _kept(count, name) for count, name in ((1e3, "1 thousand"), (1e6, "1 million"), (1e9, "1 billion"))
    )
    return TEMPLATE.format(date=PRICES_OF, rows=rows, kept=kept)


def _row(each: Operation) -> str:
    counts = (each.reads, each.writes, each.deletes, each.class_a, each.class_b, each.requests)
    cells = " | ".join(f"{count:g}" if count else "" for count in counts)
    without = each.dollars - each.sent_mb * SENT_GB
    return f"| {each.name} | {cells} | {without:.4f} | {each.dollars:.4f} |"


def _kept(images: float, name: str) -> str:
    gigabytes = images * (ORIGINAL_MB + RENDITIONS_MB) / 1000
    entries = images * ENTRY_KIB / 1024 / 1024
    objects, documents = gigabytes * STORED_GB, entries * FIRESTORE_GIB
    return f"| {name} | {gigabytes:,.0f} GB | {objects:,.2f} | {entries:,.2f} GiB | {documents:,.2f} |"


TEMPLATE: Final = """# What it costs

`python -m tools.costs` writes this page. An idle service costs only its storage: no instance runs, and nothing polls.

## A thousand operations

The table shows what one operation uses, and the price of a thousand in US dollars. `tests/services/test_costs.py`
counts the operations of Firestore. The prices are list prices of a single region on {date}, without the free quotas,
from cloud.google.com/firestore/pricing, /storage/pricing and /run/pricing. The instance time is an estimate for one
request at a time. It is less if an instance serves several requests at a time.

| | reads | writes | deletes | class A | class B | requests | $ per 1,000 | $ with traffic |
|---|---|---|---|---|---|---|---|---|
{rows}

The counts are the same for a thousand, a million and a billion images: each lookup is by key, each list and draw reads
a range of an index, and no request lists a bucket. Only the storage grows, and the price of `/stats`: it counts and
sums each format, with 1 read per 1,000 images and sum.

An instance writes each counter of views and calls at most once a minute. So an image that is viewed all the time costs
at most 1,440 writes a day, or $0.0013.

## Storage per month

The images have 3 MB and 0.3 MB of thumbnails. The entries have 8 KiB, with their index entries.

| images | objects | $ | entries | $ |
|---|---|---|---|---|
{kept}

## Beyond 500 uploads a second

Ids and hashes are uniformly distributed, so documents and objects are spread evenly. But `uploaded_at` always
increases, and an index on such a field limits a collection of Firestore to about 500 writes a second. More writes need
three changes: a field `shard` (from the first characters of the id, with 8 values for example), composite indexes that
begin with it, and a list that merges one query for each shard. A page would then need up to 8 times as many reads.
Draws, fetches and uploads would not change.
"""


if __name__ == "__main__":
    PAGE.write_text(page())
