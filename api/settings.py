"""Where an installation keeps its things: the database, the key ring outside it, and who acts. From the environment.

| variable | says | default |
|---|---|---|
| `MEHRAUFWAND_HOME` | the data folder | `$XDG_DATA_HOME/mehraufwand`, else `~/.local/share/mehraufwand` |
| `MEHRAUFWAND_DB` | the database's URL | the SQLite file `mehraufwand.db` in the data folder |
| `MEHRAUFWAND_DB_OWNER` | the URL of the role that migrates (PostgreSQL) | `MEHRAUFWAND_DB` |
| `MEHRAUFWAND_CONFIG` | the folder of the key ring | `$XDG_CONFIG_HOME/mehraufwand`, else `~/.config/mehraufwand` |
| `MEHRAUFWAND_KEYS` | the key ring itself | the file `keys.json` in the configuration folder |
| `MEHRAUFWAND_PROCESSOR` | which processor, if there are several | the only one |
| `MEHRAUFWAND_AS` | the name that acts | the user's name on this machine |
| `MEHRAUFWAND_LANG` | `de` or `en` | `de` |
| `MEHRAUFWAND_SMTP` | the mail server, `smtp://user:password@host:port?tls=starttls` | none: mail waits |
| `MEHRAUFWAND_MAIL_FROM` | the sender's address | none; needed with a mail server |
| `MEHRAUFWAND_BASE_URL` | where people reach the service, for links in mail | none; needed with a mail server |
"""

import getpass
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one call of the command; options on the command line replace single ones."""

    database_url: str
    owner_url: str
    keys_path: Path
    processor: str | None
    actor: str
    smtp_url: str | None = None
    mail_from: str | None = None
    base_url: str | None = None


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the environment."""
    home = _folder(environment, "MEHRAUFWAND_HOME", "XDG_DATA_HOME", ".local/share")
    config = _folder(environment, "MEHRAUFWAND_CONFIG", "XDG_CONFIG_HOME", ".config")
    database_url = environment.get("MEHRAUFWAND_DB") or f"sqlite:///{home / 'mehraufwand.db'}"
    return Settings(
        database_url=database_url,
        owner_url=environment.get("MEHRAUFWAND_DB_OWNER") or database_url,
        keys_path=config / "keys.json",
        processor=environment.get("MEHRAUFWAND_PROCESSOR") or None,
        actor=environment.get("MEHRAUFWAND_AS") or _user_name(),
        smtp_url=environment.get("MEHRAUFWAND_SMTP") or None,
        mail_from=environment.get("MEHRAUFWAND_MAIL_FROM") or None,
        base_url=environment.get("MEHRAUFWAND_BASE_URL") or None,
    )


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
