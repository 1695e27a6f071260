"""`make run`: run all functions on this machine, with the page and a development key."""

import argparse
import errno
import os
import shlex
import socket
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from functions.config import Backend, Settings, SettingsError
from local.keys import development_key, key_path, key_setting
from local.server import Server
from local.supervisor import supervise
from tools.emulators import CannotStart, emulators
from tools.recover import CannotRun, check, shared

_SAMPLE = Path(__file__).parent.parent / "docs/sea.jpg"
_HOST: Final = "127.0.0.1"
_PORT: Final = 8080
_DATA: Final = Path(".data")


def main() -> int:
    """Run the local runner until it is stopped.

    Returns:
        The exit status.
    """
    options = _options()
    try:
        _check_address(options)
        _check_data(options)
        key = options.key or _development_key(options)
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
    parser.add_argument("--host", default=_HOST, help="address to listen on; 0.0.0.0 means all network interfaces")
    parser.add_argument("--port", type=int, default=_PORT)
    parser.add_argument("--data", type=_folder, default=_DATA, help="the folder for all data")
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


def _check_address(options: argparse.Namespace) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((options.host, options.port))
        except (OSError, OverflowError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise CannotRun(
                f"Cannot listen on {options.host}:{options.port} ({reason}). {_advice(error, options)}"
            ) from None


def _advice(error: Exception, options: argparse.Namespace) -> str:
    """What to change if the address cannot be used: the host if this machine does not have it, otherwise the port."""
    if isinstance(error, socket.gaierror | UnicodeError) or getattr(error, "errno", None) == errno.EADDRNOTAVAIL:
        again = _again(options, HOST=_HOST)
        return f"The host must be a name or an IPv4 address of this machine, or 0.0.0.0 for all of them: {again}"
    return f"Choose another port: {_again(options, PORT=str(_free_port(options.host)))}"


def _again(options: argparse.Namespace, **changed: str) -> str:
    """The command that starts the runner with other values of some variables, and with the given ones of the others."""
    usual = {"HOST": _HOST, "PORT": str(_PORT), "DATA": str(_DATA)}
    given = {"HOST": options.host, "PORT": str(options.port), "DATA": str(options.data)}
    kept = {name: shlex.quote(text) for name, text in given.items() if text != usual[name] and name not in changed}
    return " ".join(["make run", *(f"{name}={text}" for name, text in {**changed, **kept}.items())])


def _check_data(options: argparse.Namespace) -> None:
    probe = options.data / ".writable"
    try:
        options.data.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CannotRun(
            f"Cannot write to the folder {options.data} ({error.strerror}). "
            f"Choose another one: {_again(options, DATA='~/images')}"
        ) from None


def _development_key(options: argparse.Namespace) -> str:
    try:
        return development_key(options.data)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise CannotRun(
            f"Cannot use the key file {key_path(options.data)} ({reason}). Remove it to get a new key, "
            f"or run: {_again(options, KEY='…')}"
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


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(supervise(main))
