"""The production server around the local application: one gunicorn worker with threads, as on the cloud."""

import logging
import os
import secrets
import signal
from functools import partial
from typing import Any
from urllib.parse import quote

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from local.backends import prepare
from local.delivery import Delivery

_THREADS_PER_CPU = 4
_GRACE = 10
"""Seconds that requests under way get to end."""


class Log(Logger):  # type: ignore[misc]
    """gunicorn's, with paths as they were sent: what a stranger asks for may not move the cursor, or begin a line."""

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        """What a line may tell of a request."""
        path = quote(str(environ["PATH_INFO"]).encode("latin-1"))
        return {**super().atoms(resp, req, environ, request_time), "U": path}


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, configured in code; the application is loaded in the worker."""

    def __init__(self, host: str, port: int, *, banner: str) -> None:
        self._address = ("127.0.0.1" if host == "0.0.0.0" else host, port)  # noqa: S104 - where to reach ourselves
        self._bind = f"{host}:{port}"
        self._banner = banner
        self._token = secrets.token_urlsafe()
        self._deliveries: list[Delivery] = []
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
            "logger_class": Log,
            "post_worker_init": self._start,
            "worker_exit": self._end,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Build the application, in the worker."""
        from local.app import LocalApp  # noqa: PLC0415 - the master needs none of it

        logging.basicConfig(format="%(levelname)s %(message)s")
        logging.getLogger("functions").addHandler(logging.NullHandler())  # plain lines, not those for the cloud
        return LocalApp(self._token)

    def _start(self, worker: Worker) -> None:
        # Ctrl-C reaches the whole process group. The master tells the worker to end; told twice, gunicorn's handler
        # interrupts itself while it holds a lock, and waits for itself.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # It does so by SIGQUIT, for which a worker with threads waits for a lock of its pool, which the code that was
        # interrupted may hold; killed after a while, it would lose what was counted and not yet written down.
        signal.signal(signal.SIGQUIT, partial(Worker.handle_quit, worker))
        self._deliveries = [Delivery(each, self._address, self._token) for each in prepare()]
        for each in self._deliveries:
            each.start()
        print(self._banner, flush=True)

    def _end(self, server: Any, worker: Any) -> None:  # noqa: ARG002 - gunicorn's hook
        for each in self._deliveries:
            each.stop()
