"""`make run`: run all functions on this machine, with the page and a development key."""

import argparse
import os
import shlex
import socket
import sys
from contextlib import ExitStack
from pathlib import Path

from functions.config import Backend, Settings, SettingsError
from local.keys import development_key, key_path, key_setting
from local.server import Server
from local.supervisor import supervise
from tools.emulators import CannotStart, emulators
from tools.recover import CannotRun, check, shared

_SAMPLE = Path(__file__).parent.parent / "docs/sea.jpg"


def main() -> int:
    """Run the local runner until it is stopped.

    Returns:
        The exit status.
    """
    options = _options()
    try:
        _check_port(options.host, options.port)
        _check_data(options.data)
        key = options.key or _development_key(options.data)
        _configure(options.data, key)
        settings = Settings.from_env()
    except (CannotRun, SettingsError) as error:
        print(error, file=sys.stderr)
        return 1
    with ExitStack() as stack:
        try:
            if settings.backend is Backend.GCP:
                os.environ.setdefault("GOOGLE_CLOUD_PROJECT", "image-repo-local")
                os.environ.update(stack.enter_context(emulators()).variables)
            else:
                stack.enter_context(shared(options.data))
                check(options.data)
        except (CannotRun, CannotStart) as error:
            print(error, file=sys.stderr)
            return 1
        Server(options.host, options.port, banner=_banner(options, key)).run()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 means all network interfaces"
    )
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--data", type=_folder, default=Path(".data"), help="the folder for all data")
    parser.add_argument(
        "--key", help="the development key; without this option, the first run creates one and keeps it"
    )
    return parser.parse_args()


def _folder(text: str) -> Path:
    """The path in `text`. Some shells do not expand the tilde of `DATA=~/images`."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise argparse.ArgumentTypeError(f"the user in {text!r} does not exist. Write the full path") from None


def _check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise CannotRun(
                f"Cannot listen on {host}:{port} ({reason}). Choose another port: make run PORT={_free_port()}"
            ) from None


def _check_data(data: Path) -> None:
    probe = data / ".writable"
    try:
        data.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CannotRun(
            f"Cannot write to the folder {data} ({error.strerror}). Choose another one: make run DATA=~/images"
        ) from None


def _development_key(data: Path) -> str:
    try:
        return development_key(data)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise CannotRun(
            f"Cannot use the key file {key_path(data)} ({reason}). Remove it to get a new key, or run: make run KEY=…"
        ) from None


def _configure(data: Path, key: str) -> None:
    """Pass the settings to the functions through the environment, as on the cloud."""
    os.environ["DATA_DIR"] = str(data)
    others = [each for each in [os.environ.get("API_KEYS")] if each]
    os.environ["API_KEYS"] = ",".join([key_setting("development", key), *others])


def _banner(options: argparse.Namespace, key: str) -> str:
    host = "127.0.0.1" if options.host == "0.0.0.0" else options.host  # noqa: S104 - only read here
    address = f"http://{host}:{options.port}"
    image, header = shlex.quote(f"image=@{_SAMPLE}"), shlex.quote(f"X-API-Key: {key}")
    return f"""
Image Repo is ready.

  page  {address}/#key={key}
  key   {key}
  data  {options.data.resolve()}

Try it:  curl -F {image} -H {header} {address}/upload
Stop it: Ctrl-C
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(supervise(main))
