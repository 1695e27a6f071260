"""The production server with the local application: one gunicorn worker with threads, as on Google Cloud."""

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
"""Seconds that requests in progress get to finish."""


class Log(Logger):  # type: ignore[misc]
    """gunicorn's logger with percent-encoded paths: a request must not control the terminal or add log lines."""

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        """The values for the log line of a request."""
        path = quote(str(environ["PATH_INFO"]).encode("latin-1"))
        return {**super().atoms(resp, req, environ, request_time), "U": path}


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, configured in code. The worker loads the application."""

    def __init__(self, host: str, port: int, *, banner: str) -> None:
        self._address = ("127.0.0.1" if host == "0.0.0.0" else host, port)  # noqa: S104 - the address for the runner's own requests
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
        from local.app import LocalApp  # noqa: PLC0415 - the master process does not need it

        logging.basicConfig(format="%(levelname)s %(message)s")
        logging.getLogger("functions").addHandler(logging.NullHandler())  # plain lines, not JSON for Cloud Logging
        return LocalApp(self._token)

    def _start(self, worker: Worker) -> None:
        # Ctrl-C reaches all processes of the group, and the master also sends SIGQUIT to the worker. With two signals,
        # gunicorn's handler would interrupt itself while it holds a lock, and then wait for that lock. So the worker
        # ignores the first one.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # For SIGQUIT, the handler of the threaded worker waits for a lock of its pool, which the interrupted code may
        # hold. The master would kill the worker after a while, and counts that are not written yet would be lost. The
        # handler of the base class does not wait.
        signal.signal(signal.SIGQUIT, partial(Worker.handle_quit, worker))
        self._deliveries = [Delivery(each, self._address, self._token) for each in prepare()]
        for each in self._deliveries:
            each.start()
        print(self._banner, flush=True)

    def _end(self, server: Any, worker: Any) -> None:  # noqa: ARG002 - gunicorn's hook
        for each in self._deliveries:
            each.stop()
