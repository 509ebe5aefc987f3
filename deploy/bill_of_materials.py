"""Writes the bill of materials of an image: every locked Python package with its hashes, as CycloneDX JSON.

    python deploy/bill_of_materials.py deploy/requirements.txt pyproject.toml >bill-of-materials.json

It stands in the image at /opt/mehraufwand/bill-of-materials.json; Debian's packages are those of `dpkg-query -W`.
"""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

_PACKAGE = re.compile(r"^([\w.-]+)==([^\s;\\]+)[^\n]*\n((?:\s+--hash=sha256:[0-9a-f]{64}[^\n]*\n?)*)", re.MULTILINE)
_HASH = re.compile(r"sha256:([0-9a-f]{64})")


def bill_of_materials(lock: str, project: str) -> dict[str, Any]:
    """Give the bill of a lock file and the project it belongs to."""
    about = tomllib.loads(project)["project"]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": about["name"], "version": about["version"]}},
        "components": [_component(*found.groups()) for found in _PACKAGE.finditer(lock)],
    }


def _component(name: str, version: str, hashes: str) -> dict[str, Any]:
    # A package has a hash for each of its files; which of them was taken is the platform's choice.
    return {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name.lower().replace('_', '-')}@{version}",
        "properties": [{"name": "file:sha256", "value": value} for value in _HASH.findall(hashes)],
    }


if __name__ == "__main__":
    lock, project = (Path(name).read_text(encoding="utf-8") for name in sys.argv[1:])
    json.dump(bill_of_materials(lock, project), sys.stdout, indent=1)
