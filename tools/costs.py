"""What operations cost on Google Cloud: `python -m tools.costs` writes docs/costs.md."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tools.deploy import secret

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

# Where these come from, and when, is in the section "What costs money while the service is idle".
PITR_GIB: Final = 0.15
BACKUP_GIB: Final = 0.03
BACKUPS: Final = 7
METRIC_REFERENCE: Final = 0.35
METRIC_REFERENCES: Final = 5
"""Metrics in the conditions of `infra/alerts*.tf`, a ratio counted twice. Metrics of uptime checks are exempt."""
CHECKS_A_MONTH: Final = 3 * 4 * 24 * 30
"""Runs of the uptime check in `infra/alerts_load.tf`: from three places, every 15 minutes."""
KEPT_DAYS: Final = 30
"""The default of the variable `undelete_days`."""

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


CHECK: Final = Operation("uptime check", reads=2)

OPERATIONS: Final = (
    Operation("upload, new, with its 5 thumbnails", reads=3, writes=2, class_a=6, class_b=5, requests=2, seconds=1.5),
    Operation("upload, exact duplicate", reads=1, class_b=1, seconds=0.2),
    Operation("upload, exact duplicate that fills a field", reads=1, writes=1, class_a=1, class_b=1, seconds=0.2),
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


SMOKE_IMAGES: Final = 3
SMOKE_RUN: Final = {
    "upload, new, with its 5 thumbnails": 1,
    "upload, exact duplicate": 1,
    "upload by ticket, polled twice": 1,
    "drop, new, with its 5 thumbnails": 1,
    "deletion, with its event": SMOKE_IMAGES,
    "page of 20": 8,
    "draw": 10,
    "update": 1,
}
"""About what a run of `make smoke` does. Its details and requests to the list are counted as draws and pages."""


def page() -> str:
    """The page, in Markdown."""
    rows = "\n".join(_row(each) for each in OPERATIONS)
    kept = "\n".join(
        _kept(count, name) for count, name in ((1e3, "1 thousand"), (1e6, "1 million"), (1e9, "1 billion"))
    )
    return TEMPLATE.format(date=PRICES_OF, rows=rows, kept=kept, idle=_idle(), **_constants())


def _constants() -> dict[str, str]:
    """Single numbers in the text of the page."""
    return {
        "again": f"{1000 * CLASS_B:.4f}",
        "smoke": f"{sum(count * _priced(name) for name, count in SMOKE_RUN.items()) / 1000:.4f}",
        "images": str(SMOKE_IMAGES),
        "versions": str(secret.KEPT),
        "days": str(KEPT_DAYS),
        "deleted": f"{ORIGINAL_MB * STORED_GB * KEPT_DAYS / 30:.2f}",
    }


def _priced(name: str) -> float:
    """The price of a thousand operations of that name, in US dollars."""
    return next(each.dollars for each in OPERATIONS if each.name == name)


def _row(each: Operation) -> str:
    counts = (each.reads, each.writes, each.deletes, each.class_a, each.class_b, each.requests)
    cells = " | ".join(f"{count:g}" if count else "" for count in counts)
    without = each.dollars - each.sent_mb * SENT_GB
    return f"| {each.name} | {cells} | {without:.4f} | {each.dollars:.4f} |"


def _idle() -> str:
    """What costs money although no one uses the service, as the rows of a table."""
    thousand, million = (images * ENTRY_KIB / 1024 / 1024 for images in (1e3, 1e6))
    warm, cold = (CHECKS_A_MONTH / 1000 * replace(CHECK, seconds=each).dollars for each in (0.1, 1.0))
    rows = (
        (
            "point-in-time recovery of the catalog, 7 days",
            f"${PITR_GIB} per GiB; as a rule, as much data as the entries",
            f"{thousand * PITR_GIB:.4f}",
            f"{million * PITR_GIB:.2f}",
        ),
        (
            f"{BACKUPS} daily backups of the catalog",
            f"${BACKUP_GIB} per GiB",
            f"{BACKUPS * thousand * BACKUP_GIB:.4f}",
            f"{BACKUPS * million * BACKUP_GIB:.2f}",
        ),
        (
            f"the uptime check: {CHECKS_A_MONTH:,} requests a month",
            "2 reads each; the free quotas cover them",
            f"{warm:.2f} to {cold:.2f}",
            "the same",
        ),
        (
            f"alerts: {METRIC_REFERENCES} metrics in their conditions",
            f"free until 2027-09-01 or later, then ${METRIC_REFERENCE} each",
            f"{METRIC_REFERENCES * METRIC_REFERENCE:.2f}",
            "the same",
        ),
    )
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _kept(images: float, name: str) -> str:
    gigabytes = images * (ORIGINAL_MB + RENDITIONS_MB) / 1000
    entries = images * ENTRY_KIB / 1024 / 1024
    objects, documents = gigabytes * STORED_GB, entries * FIRESTORE_GIB
    return f"| {name} | {gigabytes:,.0f} GB | {objects:,.2f} | {entries:,.2f} GiB | {documents:,.2f} |"


TEMPLATE: Final = """# What it costs

`python -m tools.costs` writes this page. An idle service costs its storage and very little else, see
[below](#what-costs-money-while-the-service-is-idle).

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

## What costs money while the service is idle

| | price a month | a thousand images, $ | a million, $ |
|---|---|---|---|
{idle}

- Point-in-time recovery and backups: list prices of the regions at the top of this page on 2026-11-26 (SKUs
  A979-304C-860F and 1462-48DB-955E of Google's price list). The free quota of Firestore does not include them
  (cloud.google.com/firestore/quotas).
- The uptime check requests a list of one image from three places, every 15 minutes. Its requests cost the lower price
  if an instance runs, and the higher one if each starts an instance for a second. A million runs of uptime checks a
  month are free, then $0.30 per 1,000 (cloud.google.com/stackdriver/pricing, on 2026-10-08).
- Alerts will cost $0.35 a month for each metric in their conditions, and $0.50 per million points that they read, from
  2027-09-01 at the earliest and without a free quota. Metrics of uptime checks are exempt
  (cloud.google.com/stackdriver/pricing, on 2026-10-08).
- A deleted original is kept for {days} days, at the price of storage: ${deleted} for a thousand originals
  (cloud.google.com/storage/docs/soft-delete, on 2026-11-26). The variable `undelete_days` changes the number of days.
  Thumbnails and drops are not kept.

## What keys and trials cost

- Each `make deploy` ends with `make smoke`, unless `SMOKE=0`. A run uploads {images} small images and deletes them:
  ${smoke} for its operations. Its {images} originals of 7 KB stay restorable for {days} days, like all others: less
  than $0.000001. It adds two versions to the secret of the keys, and destroys two.
- A version of the secret that is not destroyed costs $0.06 a month beyond the first six, also while it is disabled
  (cloud.google.com/secret-manager/pricing). `make key` and `make key-revoke` leave at most {versions} versions, and
  destroy older ones. So keys cost nothing, unless other secrets of the same billing account use up the six.

## What it costs that a deletion reaches the caches

A deleted photo is gone from every shared cache behind the service's addresses within a day, because none of them keeps
a thumbnail for longer (deploy.md, "Deleted photos in caches"). After a day, a cache asks whether the thumbnail is
unchanged. The answer (304) costs one operation of class B and no traffic: ${again} per 1,000 thumbnails.

- With a domain, the CDN asks once a day for each thumbnail in use, from each of its locations. Browsers keep thumbnails
  for a year, and do not ask.
- Without a domain, browsers ask too: once for each thumbnail and visitor who returns after a day or more. Cloud
  Storage's own cache cannot have another time limit than browsers.

## Beyond 500 uploads a second

Ids and hashes are uniformly distributed, so documents and objects are spread evenly. But `uploaded_at` always
increases, and an index on such a field limits a collection of Firestore to about 500 writes a second. More writes need
three changes: a field `shard` (from the first characters of the id, with 8 values for example), composite indexes that
begin with it, and a list that merges one query for each shard. A page would then need up to 8 times as many reads.
Draws, fetches and uploads would not change.
"""


if __name__ == "__main__":
    PAGE.write_text(page())
