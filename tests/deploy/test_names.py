"""The names that files in `infra/` set, beside the inputs of `make`."""

from pathlib import Path

import pytest

from tests.deploy.google import Google
from tests.deploy.trees import PROJECT, Tree
from tools.deploy.names import Names, resource_names
from tools.deploy.processes import Failure


def test_the_defaults_are_those_of_the_configuration(tmp_path: Path) -> None:
    assert resource_names(tmp_path) == Names("image-repo", "(default)")


def test_a_later_file_overrides_an_earlier_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of Terraform: the environment, terraform.tfvars, then *.auto.tfvars by their names."""
    monkeypatch.setenv("TF_VAR_name", "of-the-env")
    monkeypatch.setenv("TF_VAR_catalog_database", "of-the-env")
    assert resource_names(tmp_path) == Names("of-the-env", "of-the-env")
    (tmp_path / "terraform.tfvars").write_text('catalog_database = "first"\n')
    (tmp_path / "b.auto.tfvars.json").write_text('{"name": "photos", "max_instances": 3}')
    (tmp_path / "a.auto.tfvars").write_text('  name = "albums" # of the family\nusername = "me"\n')
    found = resource_names(tmp_path)
    assert found == Names("photos", "first")
    assert found.counters_database == "photos-counters"


INVALID = {
    'name = "gcp"': r"The variable name must not be gcp or begin with gcp-, not 'gcp'.*name\.auto\.tfvars\.",
    'name = "gcp-photos"': r"The variable name must not be gcp or begin with gcp-, not 'gcp-photos'.*auto\.tfvars",
    'name = "photos"\ncatalog_database = "photos-counters"': "catalog_database must not be 'photos-counters'",
    'catalog_database = "image-repo-counters"': "catalog_database must not be 'image-repo-counters'",
}


@pytest.mark.parametrize("text", INVALID)
def test_an_invalid_name_is_refused_with_its_value(text: str, tmp_path: Path) -> None:
    (tmp_path / "name.auto.tfvars").write_text(text)
    with pytest.raises(Failure, match=INVALID[text]):
        resource_names(tmp_path)


@pytest.mark.timeout(300)
def test_such_a_name_is_refused_before_anything_is_created(cloud: Google, tree: Tree) -> None:
    (tree.folder / "infra/name.auto.tfvars").write_text('name = "gcp-photos"\n')
    for command in ("doctor", "deploy"):
        done = tree.make(command, PROJECT)
        assert done.returncode != 0
        assert "The variable name must not be gcp or begin with gcp-" in done.stderr
    assert cloud.writes == []
