"""Thumbnails of an earlier deployment get the headers of new ones by a command that `make deploy` prints."""

import re
import shlex
import shutil
import subprocess

import pytest

from functions.domain.caching import FOR_A_BUCKET, FOR_A_CDN
from tests.deploy.deployment import deploy
from tests.deploy.google import Google
from tests.deploy.trees import Tree
from tests.processes import ROOT

pytestmark = pytest.mark.timeout(900)  # a command runs several programs, and each needs a second to start

RENDITIONS = "my-photos-1-image-repo-renditions"
OF_AN_EARLIER_VERSION = "public, max-age=31536000, immutable"


def printed_command(output: str) -> str:
    found = re.search(r"until you run: (gcloud storage objects update .*?) \(docs/", output)
    assert found is not None
    return found[1]


def test_a_changed_header_has_the_command_for_existing_thumbnails(cloud: Google, tree: Tree, first: str) -> None:
    assert "Cache-Control" not in first
    with_domain = printed_command(deploy(tree, "DOMAIN=photos.example.com"))
    assert "Cache-Control" not in deploy(tree)
    without = printed_command(deploy(tree, "DOMAIN="))
    cloud.make_bucket(RENDITIONS)
    names = [f"{'a' * 26}/r2/{width}.webp" for width in (160, 320)]
    for name in names:
        resource = {"name": name, "metadata": {"width": "160"}, "cacheControl": OF_AN_EARLIER_VERSION}
        cloud.store.insert(RENDITIONS, resource, b"webp", "image/webp", {})
    for command, header in ((with_domain, FOR_A_CDN), (without, FOR_A_BUCKET)):
        run(tree, command)
        for name in names:
            found = cloud.store.get(RENDITIONS, name, {}).resource()
            assert found["cacheControl"] == header
            assert found["metadata"] == {"width": "160"}


def run(tree: Tree, command: str) -> None:
    """Run a command of gcloud on the cloud of the tests."""
    gcloud, *arguments = shlex.split(command)
    program = shutil.which(gcloud)
    assert program is not None
    environment = {**tree.environment, "PATH": "/usr/bin:/bin", "CLOUDSDK_CORE_DISABLE_PROMPTS": "1"}
    done = subprocess.run(
        [program, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr


def test_the_guide_has_these_commands() -> None:
    guide = (ROOT / "docs/deploy.md").read_text().replace("\\\n", "")
    for header in (FOR_A_BUCKET, FOR_A_CDN):
        assert f"--cache-control='{header}'" in guide
