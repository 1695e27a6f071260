"""What whoever deploys must be allowed to do in the project: a permission for each kind of thing that is made."""

from typing import Final

ALWAYS: Final = (
    "artifactregistry.repositories.create",
    "cloudfunctions.functions.create",
    "cloudfunctions.functions.update",
    "datastore.backupSchedules.create",
    "datastore.databases.create",
    "datastore.databases.getMetadata",
    "datastore.indexes.create",
    "eventarc.triggers.create",
    "iam.roles.create",
    "iam.serviceAccounts.actAs",
    "iam.serviceAccounts.create",
    "iam.serviceAccounts.setIamPolicy",
    "logging.logMetrics.create",
    "monitoring.alertPolicies.create",
    "monitoring.dashboards.create",
    "monitoring.uptimeCheckConfigs.create",
    "resourcemanager.projects.setIamPolicy",
    "run.services.setIamPolicy",
    "secretmanager.secrets.create",
    "secretmanager.versions.access",
    "secretmanager.versions.add",
    "serviceusage.services.enable",
    "serviceusage.services.use",
    "storage.buckets.create",
    "storage.buckets.setIamPolicy",
)

WITH_DOMAIN: Final = (
    "compute.backendServices.create",
    "compute.globalAddresses.create",
    "compute.globalForwardingRules.create",
    "compute.sslCertificates.create",
    "compute.urlMaps.create",
)

WITH_GITHUB: Final = (
    "iam.workloadIdentityPoolProviders.create",
    "iam.workloadIdentityPools.create",
)
