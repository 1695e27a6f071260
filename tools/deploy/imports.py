"""The identity of each resource that can exist without being in Terraform's state, for `terraform import`.

The provider forgets a resource if waiting for the end of its creation fails. Every later run then ends with the status
409. adoption.py imports the ones that are common; for the others, a message has the command.
"""

import shlex
from collections.abc import Mapping
from typing import Any, Final

_GLOBAL: Final = "projects/{project}/global"
_POOLS: Final = "projects/{project}/locations/global/workloadIdentityPools"

IDENTITIES: Final[Mapping[str, str]] = {
    "google_artifact_registry_repository": "projects/{project}/locations/{location}/repositories/{repository_id}",
    "google_cloudfunctions2_function": "projects/{project}/locations/{location}/functions/{name}",
    "google_compute_backend_bucket": f"{_GLOBAL}/backendBuckets/{{name}}",
    "google_compute_backend_service": f"{_GLOBAL}/backendServices/{{name}}",
    "google_compute_global_address": f"{_GLOBAL}/addresses/{{name}}",
    "google_compute_global_forwarding_rule": f"{_GLOBAL}/forwardingRules/{{name}}",
    "google_compute_managed_ssl_certificate": f"{_GLOBAL}/sslCertificates/{{name}}",
    "google_compute_region_network_endpoint_group": "projects/{project}/regions/{region}/networkEndpointGroups/{name}",
    "google_compute_ssl_policy": f"{_GLOBAL}/sslPolicies/{{name}}",
    "google_compute_target_http_proxy": f"{_GLOBAL}/targetHttpProxies/{{name}}",
    "google_compute_target_https_proxy": f"{_GLOBAL}/targetHttpsProxies/{{name}}",
    "google_compute_url_map": f"{_GLOBAL}/urlMaps/{{name}}",
    "google_firestore_database": "projects/{project}/databases/{name}",
    "google_iam_workload_identity_pool": f"{_POOLS}/{{workload_identity_pool_id}}",
    "google_iam_workload_identity_pool_provider": (
        f"{_POOLS}/{{workload_identity_pool_id}}/providers/{{workload_identity_pool_provider_id}}"
    ),
    "google_logging_metric": "{project} {name}",
    "google_project_iam_custom_role": "projects/{project}/roles/{role_id}",
    "google_secret_manager_secret": "projects/{project}/secrets/{secret_id}",
    "google_service_account": "projects/{project}/serviceAccounts/{account_id}@{project}.iam.gserviceaccount.com",
    "google_storage_bucket": "{name}",
}
"""The identity as the documentation of the provider gives it, by the type. The braces name planned arguments."""

BY_ADOPTION: Final = "google_firestore_index"
"""A type whose identity has a part that Firestore chooses. adoption.py finds it."""


def identity(kind: str, arguments: Mapping[str, Any], project: str) -> str | None:
    """The identity of a planned resource; None if resources of that type cannot be in the way of a creation."""
    template = IDENTITIES.get(kind)
    return None if template is None else template.format_map({**arguments, "project": project})


def commands(project: str, resources: Mapping[str, str]) -> str:
    """The commands that import the resources and deploy again. They are typed in the folder of the checkout.

    Args:
        project: the project of the deployment.
        resources: the identity of each resource, by its address.
    """
    variables = "-var-file=../build/archives.tfvars.json -var-file=../build/inputs.tfvars.json"
    lines = [
        'export GOOGLE_OAUTH_ACCESS_TOKEN="$(gcloud auth print-access-token)"',
        f'export TF_DATA_DIR="$PWD/build/terraform/{project}"',
        f"export GOOGLE_BILLING_PROJECT={project} USER_PROJECT_OVERRIDE=true",
        *(
            f"terraform -chdir=infra import {variables} {shlex.quote(address)} {shlex.quote(found)}"
            for address, found in resources.items()
        ),
        f"make deploy PROJECT={project}",
    ]
    return "".join(f"\n    {line}" for line in lines)
