"""The regions that have all services that a deployment needs.

Google lists the locations of a service only to a project that has enabled its API, so the list is here. It has the
regions of https://cloud.google.com/functions/docs/locations (2nd gen) that are also regional locations of
https://cloud.google.com/firestore/docs/locations, on 2026-11-20. All of them have Cloud Storage and Eventarc.
"""

from typing import Final

# fmt: off
REGIONS: Final = frozenset(
    {
        "africa-south1", "asia-east1", "asia-east2", "asia-northeast1", "asia-northeast2", "asia-northeast3",
        "asia-south1", "asia-south2", "asia-southeast1", "asia-southeast2", "australia-southeast1",
        "australia-southeast2", "europe-central2", "europe-north1", "europe-southwest1", "europe-west1",
        "europe-west2", "europe-west3", "europe-west4", "europe-west6", "europe-west8", "europe-west9",
        "europe-west10", "europe-west12", "me-central1", "me-central2", "me-west1", "northamerica-northeast1",
        "northamerica-northeast2", "southamerica-east1", "southamerica-west1", "us-central1", "us-east1", "us-east4",
        "us-east5", "us-south1", "us-west1", "us-west2", "us-west3", "us-west4",
    }
)
# fmt: on

BUILD_REGIONS: Final = frozenset(
    {"asia-east1", "australia-southeast1", "europe-west1", "southamerica-east1", "us-central1", "us-west2"}
)
"""The only regions in which new projects can build, until their quota is raised:
https://cloud.google.com/build/docs/locations#restricted_regions_for_some_projects, on 2026-11-26."""


def build_quota(project: str, region: str) -> str:
    """How to raise the quota of builds in a region, in one sentence."""
    return (
        'Raise the quota "Concurrent Build CPUs (Regional Public Pool) per region per build_origin" of the Cloud Build '
        f"API for {region} to more than 0 at "
        f"https://console.cloud.google.com/apis/api/cloudbuild.googleapis.com/quotas?project={project} ."
    )
