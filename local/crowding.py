"""Which connections the local server closes when their clients hold too much: those that have been idle for longest."""

import logging
from collections.abc import Collection

from functions.domain.limits import MIB
from local.connections import Channel

log = logging.getLogger(__name__)


def relieve(channels: Collection[Channel], most: int) -> None:
    """Close connections until at most `most` bytes of responses wait, first those that have been idle for longest.

    Otherwise, clients that request large images and do not read them could fill the disk.
    """
    waiting = [each for each in channels if each.total_outbufs_len]
    total = sum(each.total_outbufs_len for each in waiting)
    if total <= most:
        return
    closed = 0
    for each in sorted(waiting, key=lambda channel: channel.last_activity):
        total -= each.total_outbufs_len
        closed += 1
        each.handle_close()
        if total <= most:
            break
    log.warning(
        "%d connections are closed: more than %d MiB of responses waited for clients that read slowly.",
        closed,
        most // MIB,
    )


def make_room(channels: Collection[Channel], most: int) -> None:
    """Close a tenth of the connections if there are `most` of them, first those that have been idle for longest.

    A connection stays while its response is made or sent. Otherwise, clients that open connections and send nothing
    could keep all others out for as long as they wish.
    """
    if len(channels) < most:
        return
    idle = sorted((each for each in channels if not each.is_busy), key=lambda channel: channel.last_activity)
    for each in idle[: max(1, most // 10)]:
        each.handle_close()
    log.warning("Too many connections are open (%d). Those that have been idle for longest are closed.", most)
