"""The modules that a cold start loads: only the SDK that its function uses, and no decoder before an image arrives."""

import os
import subprocess
import sys

import pytest

import main

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


def loaded_by(statements: str) -> set[str]:
    """The names of the modules that a new process has loaded after these statements."""
    program = f"import sys; {statements}; print(*sys.modules)"
    # Otherwise `make coverage` would load sqlite3 and other modules in the process.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_loads_nothing_before_it_needs_it(function: str) -> None:
    assert not FUNCTIONS[function] & loaded_by(f"import main; main.{function}")


def test_no_function_loads_the_heic_decoder_before_a_heic_file_arrives() -> None:
    every_function = "; ".join(f"main.{each}" for each in sorted(main.ENTRY_POINTS))
    loaded = loaded_by(f"import main; {every_function}")
    assert "functions.imaging.pixels" in loaded
    assert not {"functions.imaging.heif", "pillow_heif", "_pillow_heif"} & loaded


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_an_adapter_loads_no_other_sdk(adapter: str) -> None:
    assert not ADAPTERS[adapter] & loaded_by(f"import functions.adapters.{adapter}")
