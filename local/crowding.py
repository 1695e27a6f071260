"""Which connections the local server closes when their clients hold too much: those that have been idle for longest."""

import logging
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from functions.domain.limits import MIB
from local.connections import Channel

log = logging.getLogger(__name__)


class Bounds(NamedTuple):
    """How much all clients together can hold.

    Attributes:
        connections: their number.
        sent: bytes of responses that wait for their clients, in memory or in temporary files.
        received: bytes of requests that have not arrived completely.
    """

    connections: int
    sent: int
    received: int


def relieve(channels: Collection[Channel], bounds: Bounds) -> None:
    """Close connections until all bounds are met.

    Otherwise, clients that do not read their responses, or never end their requests, could fill the disk. Clients that
    open connections and send nothing could keep all others out.
    """
    if closed := _reduce(channels, lambda channel: channel.total_outbufs_len, bounds.sent):
        limit = bounds.sent // MIB
        log.warning("%d connections are closed: slow readers left more than %d MiB of responses.", closed, limit)
    if closed := _reduce(channels, lambda channel: channel.received_len, bounds.received):
        limit = bounds.received // MIB
        log.warning("%d connections are closed: more than %d MiB of requests were unfinished.", closed, limit)
    if len(channels) >= bounds.connections:
        closed = _close([each for each in channels if not each.is_busy], at_most=max(1, bounds.connections // 10))
        log.warning("%d idle connections are closed: %d were open.", closed, bounds.connections)


def _reduce(channels: Collection[Channel], held: Callable[[Channel], int], most: int) -> int:
    """Close connections until `most` bytes are held. Returns their number."""
    holders = {each: size for each in channels if (size := held(each))}
    total = sum(holders.values())
    closed = 0
    for each in _idlest(holders):
        if total <= most:
            break
        total -= holders[each]
        closed += _close([each])
    return closed


def _close(channels: Collection[Channel], at_most: int = 1) -> int:
    chosen = _idlest(channels)[:at_most]
    for each in chosen:
        each.handle_close()
    return len(chosen)


def _idlest(channels: Iterable[Channel]) -> list[Channel]:
    return sorted(channels, key=lambda channel: channel.last_activity)
