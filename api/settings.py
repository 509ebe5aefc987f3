"""Where an installation keeps its things: the database, the key ring outside it, and who acts. From the environment.

| variable | says | default |
|---|---|---|
| `MEHRAUFWAND_HOME` | the data folder | `$XDG_DATA_HOME/mehraufwand`, else `~/.local/share/mehraufwand` |
| `MEHRAUFWAND_DB` | the database's URL | the SQLite file `mehraufwand.db` in the data folder |
| `MEHRAUFWAND_DB_OWNER` | the URL of the role that migrates (PostgreSQL) | `MEHRAUFWAND_DB` |
| `MEHRAUFWAND_CONFIG` | the folder of the key ring | `$XDG_CONFIG_HOME/mehraufwand`, else `~/.config/mehraufwand` |
| `MEHRAUFWAND_KEYS` | the key ring itself | the file `keys.json` in the configuration folder |
| `MEHRAUFWAND_BACKUP_KEY` | the backup key itself | the file `backup.key` beside the key ring |
| `MEHRAUFWAND_BACKUPS` | the folder that backups go to | none: `backup --to` says it |
| `MEHRAUFWAND_NUMBERS` | the journal of invoice numbers | SQLite: `numbers.log` beside the key ring's file; else none |
| `MEHRAUFWAND_PROCESSOR` | which processor, if there are several | the only one |
| `MEHRAUFWAND_AS` | the name that acts | the user's name on this machine |
| `MEHRAUFWAND_LANG` | `de` or `en` | `de` |
| `MEHRAUFWAND_SMTP` | the mail server, `smtp://user:password@host:port?tls=starttls` | none: mail waits |
| `MEHRAUFWAND_MAIL_FROM` | the sender's address | none; needed with a mail server |
| `MEHRAUFWAND_BASE_URL` | where people reach the service, no path | none; needed with a mail server |
| `MEHRAUFWAND_METRICS` | `host:port` where Prometheus may ask, apart from the service | none: no metrics |

Each that holds a secret may be given as a file instead, with `_FILE` behind its name: `MEHRAUFWAND_DB`,
`MEHRAUFWAND_DB_OWNER`, `MEHRAUFWAND_KEYS`, `MEHRAUFWAND_BACKUP_KEY`, `MEHRAUFWAND_SMTP`.
"""

import getpass
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from billing.errors import InvalidInput
from billing.services.mail_domains import domain_in_ascii
from billing.store.backup_key import BACKUP_KEY_FILE
from billing.store.secret import secret

_ROOT = re.compile(r"(https?://)([^\s/?#@\\:]+|\[[^\s/?#@\\]+\])((?::\d*)?/?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one call of the command; options on the command line replace single ones."""

    database_url: str
    owner_url: str
    keys_path: Path
    numbers_path: Path | None
    backups: Path | None
    processor: str | None
    actor: str
    smtp_url: str | None = None
    mail_from: str | None = None
    base_url: str | None = None
    metrics: str | None = None

    @property
    def backup_key_path(self) -> Path:
        """The file of the backup key, beside the key ring."""
        return self.keys_path.with_name(BACKUP_KEY_FILE)


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the environment."""
    home = _folder(environment, "MEHRAUFWAND_HOME", "XDG_DATA_HOME", ".local/share")
    config = _folder(environment, "MEHRAUFWAND_CONFIG", "XDG_CONFIG_HOME", ".config")
    database_url = secret("MEHRAUFWAND_DB", environment) or f"sqlite:///{home / 'mehraufwand.db'}"
    has_ring_file = not any(environment.get(name) for name in ("MEHRAUFWAND_KEYS", "MEHRAUFWAND_KEYS_FILE"))
    numbers = config / "numbers.log" if has_ring_file and database_url.startswith("sqlite") else None
    return Settings(
        database_url=database_url,
        owner_url=secret("MEHRAUFWAND_DB_OWNER", environment) or database_url,
        keys_path=config / "keys.json",
        numbers_path=_path(environment, "MEHRAUFWAND_NUMBERS") or numbers,
        backups=_path(environment, "MEHRAUFWAND_BACKUPS"),
        processor=environment.get("MEHRAUFWAND_PROCESSOR") or None,
        actor=environment.get("MEHRAUFWAND_AS") or _user_name(),
        smtp_url=secret("MEHRAUFWAND_SMTP", environment),
        mail_from=environment.get("MEHRAUFWAND_MAIL_FROM") or None,
        base_url=read_base_url(environment.get("MEHRAUFWAND_BASE_URL"), "MEHRAUFWAND_BASE_URL"),
        metrics=environment.get("MEHRAUFWAND_METRICS") or None,
    )


def read_base_url(text: str | None, path: str) -> str | None:
    """Take where people reach the service, None for none: all pages and links lie at the root of that address.

    A host with letters beyond ASCII is kept as DNS, browsers (`Origin`) and all mail programs have it: `xn--`.
    InvalidInput `base_url_not_root` for one with a path, a query, a fragment or a user, or that is no address at all.
    """
    if not text:
        return None
    try:
        urlsplit(text).port  # noqa: B018 - asked for its error
        root = _ROOT.fullmatch(text)
    except ValueError:
        root = None
    host = None if root is None else domain_in_ascii(root[2])
    if root is None or host is None:
        raise InvalidInput("base_url_not_root", path=path, value=text)
    return f"{root[1]}{host}{root[3]}"


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    return Path(environment[name]) if environment.get(name) else None


def _folder(environment: Mapping[str, str], own: str, shared: str, under_home: str) -> Path:
    if environment.get(own):
        return Path(environment[own])
    base = Path(environment[shared]) if environment.get(shared) else Path.home() / under_home
    return base / "mehraufwand"


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "mehraufwand"
