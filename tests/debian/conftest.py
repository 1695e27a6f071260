import pytest

from tests.debian.machine import why_not


@pytest.fixture(autouse=True)
def can_make_a_debian() -> None:
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
