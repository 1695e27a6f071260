"""Runs commands of gcloud for `gcloud_client`, each in a process that has gcloud's modules already.

gcloud's own launcher starts this file in place of gcloud.py, whose path and arguments follow: the path of a socket.
"""

import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any


def serve(listener: socket.socket, gcloud: Callable[[], object]) -> None:
    """Run each command that a client sends in a process of its own, until the standard input ends."""
    running = 0  # commands
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return
        connection, _ = listener.accept()
        running += 1
        if os.fork() == 0:
            listener.close()
            supervise(connection, gcloud)
        connection.close()
        while running and os.waitpid(-1, os.WNOHANG)[0]:
            running -= 1


def supervise(connection: socket.socket, gcloud: Callable[[], object]) -> None:
    """Run the command of a client, and send its exit status. If the client ends first, kill the command."""
    _, files, _, _ = socket.recv_fds(connection, 1, 3)
    message = connection.makefile().readline()
    running, held = os.pipe()  # the command holds one end until it ends
    command = os.fork()
    if command == 0:
        connection.close()
        os.close(running)
        become(json.loads(message), files)
        gcloud()  # raises SystemExit
        sys.exit()
    for each in [held, *files]:
        os.close(each)
    ready, _, _ = select.select([connection.fileno(), running], [], [])
    if running not in ready:
        os.kill(command, signal.SIGKILL)
    _, status = os.waitpid(command, 0)
    if running in ready:
        connection.sendall(bytes([os.waitstatus_to_exitcode(status) % 256]))
    os._exit(0)


def become(command: dict[str, Any], files: list[int]) -> None:
    """Take over the client's arguments, folder, environment and standard streams."""
    launcher = {
        name: value
        for name, value in os.environ.items()
        if name == "PYTHONIOENCODING" or name.startswith("CLOUDSDK_")  # `gcloud_client` started it without any
    }
    os.environ.clear()
    os.environ.update({**command["environment"], **launcher})
    os.chdir(command["folder"])
    sys.argv = ["gcloud", *command["arguments"]]
    for number, each in enumerate(files):
        os.dup2(each, number)
        os.close(each)


def main() -> None:
    """Load gcloud, tell so, and serve."""
    program, path = sys.argv[1:]
    os.environ.pop("CLOUDSDK_PYTHON_ARGS", None)  # names this file; gcloud would start its other programs with it
    sys.path[0] = str(Path(program).parent)
    gcloud = import_module("gcloud")
    import_module("googlecloudsdk.gcloud_main")  # imports what takes most of the time
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        os.write(sys.stdout.fileno(), b"ready\n")
        serve(listener, gcloud.main)


if __name__ == "__main__":
    main()
