"""The API keys of a deployment: the latest version of a secret, in the form that `functions/domain/key_list.py` reads.

The functions read that version once a minute, so keys change without a deployment. Only hashes are stored.
"""

import hashlib
import re
import secrets
from typing import Final

from functions.domain.callers import ApiKey, Caller, Role
from functions.domain.key_list import KeyList, parse_key_list
from tools.deploy import secret
from tools.deploy.processes import Failure
from tools.deploy.terraform import outputs

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_BYTES: Final = 18
"""Random bytes of a key. Its text has 24 characters."""


def parse(text: str) -> KeyList:
    """The secret's text, as the functions read it."""
    return parse_key_list(text.encode(errors="surrogateescape"))


def names_in(text: str) -> list[str]:
    """The names of the valid keys in the text."""
    return sorted(each.caller.name for each in parse(text).keys)


def added(text: str, key: ApiKey) -> str:
    """The text with one more key.

    Raises:
        Failure: the name is in use.
    """
    name, role = key.caller
    if name in names_in(text):
        raise Failure(f"There is already a key named {name}. Use another NAME, or run: make key-revoke NAME={name}")
    return f"{text.rstrip()}\n{name}:{role}:{key.sha256}\n".lstrip()


def removed(text: str, name: str) -> str:
    """The text without the entries of that name. Malformed entries of other names stay.

    Raises:
        Failure: there is no such entry.
    """
    lines = text.splitlines()
    kept = [_without(each, name) for each in lines]
    if kept == lines:
        raise Failure(f"There is no key named {name}. The keys are: {', '.join(names_in(text)) or 'none'}.")
    return "".join(f"{each}\n" for each in kept if each is not None)


def _without(line: str, name: str) -> str | None:
    """The line without the entries of that name; None if it had no others."""
    text, mark, comment = line.partition("#")
    entries = text.split(",")
    kept = [each for each in entries if each.partition(":")[0].strip() != name]
    if len(kept) == len(entries):
        return line
    return f"{','.join(kept).strip()} {mark}{comment}".rstrip() if any(map(str.strip, kept)) else None


def make(project: str, secret_id: str, name: str, role: Role) -> str:
    """Create a key and add its hash to the secret. Returns the key, which cannot be shown again."""
    key = secrets.token_urlsafe(_BYTES)
    line = ApiKey(Caller(name, role), hashlib.sha256(key.encode()).hexdigest())
    secret.replace(project, secret_id, lambda text: added(text, line))
    return key


def take_back(project: str, secret_id: str, name: str) -> None:
    """Remove the key of that name from the secret.

    Raises:
        Failure: there is no such key, or the secret cannot be changed.
    """
    secret.replace(project, secret_id, lambda text: removed(text, name))


def key(project: str, name: str | None, role: str | None) -> None:
    """`make key`."""
    if not name or not _NAME.fullmatch(name):
        raise Failure(
            "NAME must have at most 64 letters, digits and . _ @ -. Name the holder: make key NAME=alice ROLE=uploader"
        )
    if role not in set(Role):
        raise Failure(f"ROLE must be {' or '.join(Role)}: make key NAME={name} ROLE=uploader")
    found = outputs(project)
    print(f"Adding the key {name} ({role}) to {project}.")
    made = make(project, found["keys_secret"], name, Role(role))
    print(f"It works within a minute. It is shown only once:\n\n  key   {made}\n  page  {found['page_url']}#key={made}")


def revoke(project: str, name: str | None) -> None:
    """`make key-revoke`."""
    if not name:
        raise Failure("NAME is missing. Name the key: make key-revoke NAME=alice (`make keys` lists the names)")
    secret_id = outputs(project)["keys_secret"]
    print(f"Revoking the key {name} of {project}.")
    take_back(project, secret_id, name)
    print("Done. It stops working within a minute.")


def keys(project: str) -> None:
    """`make keys`."""
    found = parse(secret.latest(project, outputs(project)["keys_secret"]).text)
    print(f"The API keys of {project}:")
    for each in found.keys:
        print(f"  {each.caller.role:10}{each.caller.name}")
    for number in found.malformed:
        print(
            f"An entry on line {number} of the secret is not NAME:ROLE:SHA256 and is ignored. Correct it or remove it."
        )


def any_in(project: str, secret_id: str) -> bool:
    """Whether the secret has a valid key."""
    return bool(parse(secret.latest(project, secret_id).text).keys)
