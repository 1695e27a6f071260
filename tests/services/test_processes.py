"""Several processes upload the same photos at the same time."""

import multiprocessing
import random
from collections import Counter
from functools import cache
from multiprocessing.synchronize import Barrier
from pathlib import Path

from tests.backends import Existing, Open
from tests.harness import Service
from tests.machine import require_semaphores
from tests.photos import jpeg, photo

PROCESSES, UPLOADS, PHOTOS = 8, 25, 50


@cache
def file(number: int) -> bytes:
    return jpeg(photo(90, 60, seed=number))


def upload(opened: Open, folder: Path, numbers: list[int], barrier: Barrier) -> list[int]:
    """Upload these photos. Returns the statuses of the responses."""
    with Service(folder, Existing(opened)) as service:
        barrier.wait(60)
        return [service.upload(file(number)).status_code for number in numbers]


def test_each_photo_is_stored_once_and_every_response_is_correct(service: Service, tmp_path: Path) -> None:
    require_semaphores()
    numbers = [number % PHOTOS for number in range(PROCESSES * UPLOADS)]
    random.Random(7).shuffle(numbers)
    context = multiprocessing.get_context("forkserver")
    with context.Manager() as manager, context.Pool(PROCESSES) as pool:
        barrier = manager.Barrier(PROCESSES)
        shares = [numbers[start::PROCESSES] for start in range(PROCESSES)]
        answers = pool.starmap(upload, [(service.open, tmp_path, share, barrier) for share in shares])
    assert Counter(status for each in answers for status in each) == {201: PHOTOS, 200: PROCESSES * UPLOADS - PHOTOS}
    service.deliver()
    assert len(service.originals.list()) == len(service.entries()) == PHOTOS
    service.check_agreement()
