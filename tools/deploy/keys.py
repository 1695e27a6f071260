"""The API keys of a deployment: lines NAME:ROLE:SHA256 of the latest version of a secret.

The functions read that version once a minute, so that keys come and go without a deployment. Only hashes are kept.
"""

import hashlib
import re
import secrets
from typing import Final

from functions.config import SettingsError, parse_keys
from functions.domain.callers import ApiKey, Caller, Role
from tools.deploy import secret
from tools.deploy.processes import Failure
from tools.deploy.terraform import outputs

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_BYTES: Final = 18
"""Of randomness: 24 characters."""


def parse(text: str) -> tuple[ApiKey, ...]:
    """The keys of the secret's text, as the functions read them.

    Raises:
        Failure: they cannot.
    """
    try:
        return parse_keys(text, "The secret of the keys")
    except SettingsError as error:
        raise Failure(
            f"{error} Mend it with `gcloud secrets versions add`; until then the last good keys hold."
        ) from None


def names_in(text: str) -> list[str]:
    """The names of the keys in the text."""
    return sorted(each.caller.name for each in parse(text))


def added(text: str, key: ApiKey) -> str:
    """The text with one key more.

    Raises:
        Failure: its name is taken.
    """
    name, role = key.caller
    if name in names_in(text):
        raise Failure(f"There is a key named {name} already. Take another NAME, or run: make key-revoke NAME={name}")
    return f"{text.rstrip()}\n{name}:{role}:{key.sha256}\n".lstrip()


def removed(text: str, name: str) -> str:
    """The text without the key of that name.

    Raises:
        Failure: there is none.
    """
    names = names_in(text)
    if name not in names:
        raise Failure(f"There is no key named {name}. There is: {', '.join(names) or 'none'}.")
    return "".join(f"{each}\n" for each in text.splitlines() if not each.lstrip().startswith(f"{name}:"))


def make(project: str, secret_id: str, name: str, role: Role) -> str:
    """Make a key, and let the functions know its hash; the key itself, which nobody can be told again."""
    key = secrets.token_urlsafe(_BYTES)
    line = ApiKey(Caller(name, role), hashlib.sha256(key.encode()).hexdigest())
    secret.replace(project, secret_id, lambda text: added(text, line))
    return key


def key(project: str, name: str | None, role: str | None) -> None:
    """`make key`."""
    if not name or not _NAME.fullmatch(name):
        raise Failure(
            "Name the key by its holder, in letters, digits and . _ @ -, at most 64: make key NAME=alice ROLE=uploader"
        )
    if role not in set(Role):
        raise Failure(f"ROLE must be {' or '.join(Role)}: make key NAME={name} ROLE=uploader")
    found = outputs(project)
    print(f"Adding the key {name} ({role}) to {project}.")
    made = make(project, found["keys_secret"], name, Role(role))
    print(
        f"It holds within a minute, and is shown this once:\n\n  key   {made}\n  page  {found['page_url']}#key={made}"
    )


def revoke(project: str, name: str | None) -> None:
    """`make key-revoke`."""
    if not name:
        raise Failure("Say whose key to take back: make key-revoke NAME=alice (`make keys` lists them)")
    secret_id = outputs(project)["keys_secret"]
    print(f"Taking the key {name} back from {project}.")
    secret.replace(project, secret_id, lambda text: removed(text, name))
    print("Done; within a minute it opens nothing any more.")


def keys(project: str) -> None:
    """`make keys`."""
    found = parse(secret.latest(project, outputs(project)["keys_secret"]).text)
    print(f"{len(found)} keys in {project}:")
    for each in found:
        print(f"  {each.caller.role:10}{each.caller.name}")


def any_in(project: str, secret_id: str) -> bool:
    """Whether the secret has a key."""
    return bool(parse(secret.latest(project, secret_id).text))
