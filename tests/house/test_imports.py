"""What a cold start loads: no SDK but the one that its function calls."""

import subprocess
import sys

import pytest

ADAPTERS = {
    "gcp.catalog": {"google.cloud.storage", "sqlite3", "PIL"},
    "gcp.bucket": {"google.cloud.firestore", "sqlite3", "PIL"},
    "gcp.signer": {"google.cloud.firestore", "sqlite3", "PIL"},
}


TICKETS = {"functions.domain.tickets", "functions.services.tickets", "functions.services.stats"}

FUNCTIONS = {
    "random_image": {"google.cloud.storage", "PIL", "functions.adapters.embedded.bucket", *TICKETS},
    "list_images": {"google.cloud.storage", "PIL", *TICKETS},
    "upload_image": {"google.cloud.firestore", "google.cloud.storage", "sqlite3"},
    "delete_image": {"google.cloud.firestore", "google.cloud.storage", "sqlite3", "PIL"},
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_loads_nothing_before_it_needs_it(function: str) -> None:
    program = f"import sys, main; main.{function}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not FUNCTIONS[function] & set(loaded)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_an_adapter_loads_no_other_sdk(adapter: str) -> None:
    program = f"import sys, functions.adapters.{adapter}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not ADAPTERS[adapter] & set(loaded)
