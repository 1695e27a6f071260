"""The production server around the local application: one gunicorn worker with threads, as on the cloud."""

import logging
import os
import secrets
from threading import Thread
from typing import Any, cast

from gunicorn.app.base import BaseApplication

from functions.adapters.filesystem_bucket import FilesystemBucket
from functions.wiring import wiring
from local.delivery import Delivery

_THREADS_PER_CPU = 4
_GRACE = 10
"""Seconds that requests under way get to end."""


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, configured in code; the application is loaded in the worker."""

    def __init__(self, host: str, port: int, *, banner: str) -> None:
        self._address = ("127.0.0.1" if host == "0.0.0.0" else host, port)  # noqa: S104 - where to reach ourselves
        self._bind = f"{host}:{port}"
        self._banner = banner
        self._token = secrets.token_urlsafe()
        self._delivery: Delivery | None = None
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's options."""
        options = {
            "bind": self._bind,
            "workers": 1,
            "worker_class": "gthread",
            "threads": (os.cpu_count() or 1) * _THREADS_PER_CPU,
            "timeout": 0,
            "graceful_timeout": _GRACE,
            "loglevel": "warning",
            "accesslog": "-",
            "access_log_format": "%(m)s %(U)s %(s)s %(M)sms",
            "logger_class": "gunicorn.glogging.Logger",
            "post_worker_init": self._start,
            "worker_exit": self._end,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Build the application, in the worker."""
        from local.app import LocalApp  # noqa: PLC0415 - the master needs none of it

        logging.basicConfig(format="%(levelname)s %(message)s")
        return LocalApp(self._token)

    def _start(self, worker: Any) -> None:  # noqa: ARG002 - gunicorn's hook
        parts = wiring()
        originals = cast("FilesystemBucket", parts.originals())
        renditions = cast("FilesystemBucket", parts.renditions())
        Thread(target=_sweep, args=(originals, renditions), daemon=True).start()
        self._delivery = Delivery(originals.outbox, self._address, self._token)
        self._delivery.start()
        print(self._banner, flush=True)

    def _end(self, server: Any, worker: Any) -> None:  # noqa: ARG002 - gunicorn's hook
        if self._delivery is not None:
            self._delivery.stop()


def _sweep(*buckets: FilesystemBucket) -> None:
    """Remove what crashes left behind; it may take a while in a large folder, and nobody has to wait for it."""
    for bucket in buckets:
        bucket.sweep()
