"""Terraform, where it can run."""

import pytest

from tests.infra.terraform import CannotRunError, Terraform


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    try:
        return Terraform(tmp_path_factory.mktemp("terraform"))
    except CannotRunError as error:
        pytest.skip(str(error))
