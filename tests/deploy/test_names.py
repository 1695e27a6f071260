"""The names that files in `infra/` set, beside the inputs of `make`."""

from pathlib import Path

import pytest

from tests.deploy.google import Google
from tests.deploy.trees import PROJECT, Tree
from tools.deploy.names import FORMS, INFRA, Names, resource_names
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


READ = {
    '/* name = "other" */\nname = "photos"\n': "photos",
    'name = "photos"\n/*\nname = "other"\n*/\n': "photos",
    'budget = <<EOT\nname = "other"\nEOT\n': "image-repo",
    'labels = {\n  name = "other"\n}\n': "image-repo",
    'name = "pho\\u0074os" // "other"\n': "photos",
    "name = trimspace(<<EOT\nphotos\nEOT\n)\n": None,
    "name = <<EOT\nphotos\nEOT\n": None,
    "name = true\n": "true",
}


@pytest.mark.parametrize("text", READ)
def test_a_file_is_read_as_terraform_reads_it(text: str, tmp_path: Path) -> None:
    (tmp_path / "name.auto.tfvars").write_text(text)
    if READ[text] is None:
        with pytest.raises(Failure):
            resource_names(tmp_path)
    else:
        assert resource_names(tmp_path).name == READ[text]


MALFORMED = {
    ("name.auto.tfvars", "name = \n"): r"Correct them: Invalid expression on name\.auto\.tfvars line 1: ",
    ("name.auto.tfvars", 'name = ["photos"]\n'): r"Correct them: Invalid value .+ string required\.$",
    ("name.auto.tfvars", "name = null\n"): "must not be null",
    ("terraform.tfvars.json", "[1]"): r"Correct them: .+terraform\.tfvars\.json",
    ("terraform.tfvars.json", "{"): r"Correct them: .+terraform\.tfvars\.json",
}


@pytest.mark.parametrize(("file", "text"), MALFORMED)
def test_a_file_that_terraform_cannot_read_is_refused(file: str, text: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text(text)
    with pytest.raises(Failure, match=MALFORMED[file, text]):
        resource_names(tmp_path)


def test_an_empty_variable_of_the_environment_counts_as_for_terraform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_VAR_name", "")
    with pytest.raises(Failure, match="not ''"):
        resource_names(tmp_path)


def test_the_forms_of_the_names_are_those_of_the_configuration() -> None:
    for name, file in (("name", "variables.tf"), ("catalog_database", "variables_data.tf")):
        block = (INFRA / file).read_text().partition(f'variable "{name}" {{')[2].partition("\n}\n")[0]
        form = FORMS[name][0].replace("\\", "\\\\")
        assert f'regex("^{form}$", var.{name})' in block


def test_a_file_that_no_one_may_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "name.auto.tfvars").symlink_to(tmp_path / "missing")
    with pytest.raises(Failure, match=r"name\.auto\.tfvars cannot be read \(No such file or directory\)"):
        resource_names(tmp_path)


INVALID = {
    'name = "gcp"': r"The variable name must not be gcp or begin with gcp-, not 'gcp'.*name\.auto\.tfvars\.",
    'name = "gcp-photos"': r"The variable name must not be gcp or begin with gcp-, not 'gcp-photos'.*auto\.tfvars",
    'name = "Photos!"': r"The variable name must have 3 to 14 lower-case letters.*, not 'Photos!'\.",
    'name = ""': "must have 3 to 14 lower-case letters",
    'catalog_database = "abc"': r"The variable catalog_database must be \(default\), or 4 to 63",
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
