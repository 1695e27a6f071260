"""Sends its arguments to `gcloud_server`, and ends as the command ends. It imports little, because it starts often."""

import json
import os
import socket
import sys

with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(sys.argv[1])
    folder = os.getcwd()  # noqa: PTH109 - pathlib would take longer to import than all of this
    command = {"arguments": sys.argv[2:], "folder": folder, "environment": dict(os.environ)}
    socket.send_fds(connection, [b"\0"], [0, 1, 2])
    connection.sendall(json.dumps(command).encode() + b"\n")
    status = connection.recv(1)
sys.exit(status[0] if status else "gcloud ended without a status.")
