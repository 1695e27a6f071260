"""The client and the service read captions and keywords with the same code."""

from tools.texts import COPY, SOURCE, copies


def test_the_copy_is_up_to_date() -> None:
    found = {each: each.read_text("utf-8") for each in sorted(COPY.glob("*.py"))}
    assert len(found) == len(list(SOURCE.glob("*.py"))) > 1
    assert found == copies(), "Run: python -m tools.texts"


def test_the_copy_imports_nothing_of_the_client() -> None:
    assert not any("image_repo import" in each or "image_repo." in each for each in copies().values())
