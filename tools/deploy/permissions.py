"""The permissions that a deployment needs, by the type of the resource that Terraform creates with them.

A test compares every name with the roles that Google's IAM API lists. Permissions on a bucket are not in these tables:
the Owner role grants nothing on buckets in the project. Each bucket's own policy makes its project's owners the
owners of the bucket, and other people have roles/storage.admin.
"""

from collections.abc import Mapping
from typing import Final

from tools.deploy.inputs import Inputs

ALWAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "google_artifact_registry_repository": ("artifactregistry.repositories.create",),
    "google_artifact_registry_repository_iam_member": ("artifactregistry.repositories.setIamPolicy",),
    "google_cloud_run_v2_service_iam_member": ("run.services.setIamPolicy",),
    "google_cloudfunctions2_function": (
        "cloudfunctions.functions.create",
        "cloudfunctions.functions.update",
        "eventarc.triggers.create",
        "iam.serviceAccounts.actAs",
    ),
    "google_firestore_backup_schedule": ("datastore.backupSchedules.create",),
    "google_firestore_database": ("datastore.databases.create", "datastore.databases.getMetadata"),
    "google_firestore_field": ("datastore.schemas.update",),
    "google_firestore_index": ("datastore.schemas.create",),
    "google_logging_metric": ("logging.logMetrics.create",),
    "google_monitoring_alert_policy": ("monitoring.alertPolicies.create",),
    "google_monitoring_dashboard": ("monitoring.dashboards.create",),
    "google_monitoring_uptime_check_config": ("monitoring.uptimeCheckConfigs.create",),
    "google_project_iam_custom_role": ("iam.roles.create",),
    "google_project_iam_member": ("resourcemanager.projects.setIamPolicy",),
    "google_project_service": ("serviceusage.services.enable",),
    "google_secret_manager_secret": ("secretmanager.secrets.create",),
    "google_secret_manager_secret_iam_member": ("secretmanager.secrets.setIamPolicy",),
    "google_service_account": ("iam.serviceAccounts.create",),
    "google_service_account_iam_member": ("iam.serviceAccounts.setIamPolicy",),
    "google_storage_bucket": ("storage.buckets.create",),
}

WITH_DOMAIN: Final[Mapping[str, tuple[str, ...]]] = {
    "google_compute_backend_bucket": ("compute.backendBuckets.create",),
    "google_compute_backend_service": ("compute.backendServices.create",),
    "google_compute_global_address": ("compute.globalAddresses.create",),
    "google_compute_global_forwarding_rule": ("compute.globalForwardingRules.create",),
    "google_compute_managed_ssl_certificate": ("compute.sslCertificates.create",),
    "google_compute_region_network_endpoint_group": ("compute.networkEndpointGroups.create",),
    "google_compute_ssl_policy": ("compute.sslPolicies.create",),
    "google_compute_target_http_proxy": ("compute.targetHttpProxies.create",),
    "google_compute_target_https_proxy": ("compute.targetHttpsProxies.create",),
    "google_compute_url_map": ("compute.urlMaps.create",),
}

WITH_EMAIL: Final[Mapping[str, tuple[str, ...]]] = {
    "google_monitoring_notification_channel": ("monitoring.notificationChannels.create",),
}

WITH_GITHUB: Final[Mapping[str, tuple[str, ...]]] = {
    "google_iam_workload_identity_pool": ("iam.googleapis.com/workloadIdentityPools.create",),
    "google_iam_workload_identity_pool_provider": ("iam.googleapis.com/workloadIdentityPoolProviders.create",),
}

BY_BUCKET: Final = frozenset({"google_storage_bucket_iam_member", "google_storage_bucket_object"})
"""Types of resources that need a permission on their bucket alone."""

COMMANDS: Final = (
    "secretmanager.versions.access",
    "secretmanager.versions.add",
    "secretmanager.versions.destroy",
    "secretmanager.versions.disable",
    "secretmanager.versions.list",
    "serviceusage.services.use",
)
"""Permissions for the first API key, and for requests that count against the project's quota."""

IN_STATE_BUCKET: Final = frozenset(
    {
        "storage.buckets.get",
        "storage.objects.create",
        "storage.objects.delete",
        "storage.objects.get",
        "storage.objects.list",
    }
)
"""Permissions on the bucket that holds Terraform's state."""


def needed(inputs: Inputs) -> frozenset[str]:
    """The permissions in the project that a deployment with these inputs needs."""
    tables = [
        ALWAYS,
        WITH_DOMAIN if inputs.domain else {},
        WITH_EMAIL if inputs.alert_email else {},
        WITH_GITHUB if inputs.github_repository else {},
    ]
    return frozenset(COMMANDS).union(*(names for table in tables for names in table.values()))
