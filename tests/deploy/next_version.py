"""The product as its next version may be: the same code with one migration more, which only adds."""

import re
import shutil
from pathlib import Path

from billing.store.schema import REVISIONS, head
from tests.support.repository import ROOT

REVISION = "9001"
_MIGRATION = f'''"""A later version: a column, an index and a table more."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "{REVISION}", "{head()}"


def upgrade():
    op.add_column("entry", sa.Column("colour", sa.String()))
    op.create_index("entry_colour", "entry", ["colour"])
    op.create_table("colour", sa.Column("name", sa.String(), primary_key=True))
'''


def make_next_version(folder: Path) -> Path:
    """Write the next version's code into a folder."""
    for package in ("api", "billing", "invoices"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    store = folder / "billing" / "store"
    (store / "migrations" / "versions" / f"{REVISION}_later.py").write_text(_MIGRATION)
    schema = (store / "schema.py").read_text()
    known = re.sub(r"^REVISIONS = .*$", f"REVISIONS = {(*REVISIONS, REVISION)!r}", schema, count=1, flags=re.MULTILINE)
    (store / "schema.py").write_text(known)
    return folder
