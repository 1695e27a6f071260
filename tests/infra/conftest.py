"""Terraform, if it can run here. Each test file has its own copy of the configuration, because some break theirs."""

import pytest

from tests.infra.terraform import CannotRunError, Terraform


@pytest.fixture(scope="module")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    try:
        return Terraform(tmp_path_factory.mktemp("terraform"))
    except CannotRunError as error:
        pytest.skip(str(error))
