"""What a published folder says of itself: periods, files, columns."""

import json
import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
OUT = Path(os.environ.get("HEDUI_OUT", REPOSITORY / "target" / "ci-out")).resolve()


def root_manifest():
    return json.loads((OUT / "manifest.json").read_text(encoding="utf-8"))


def run_manifests():
    """The manifest of every published period's run, oldest first."""
    return [json.loads((OUT / entry["manifest"]).read_text(encoding="utf-8")) for entry in root_manifest()["periods"]]


def dictionary():
    return json.loads((OUT / "data_dictionary.json").read_text(encoding="utf-8"))


def files():
    """(period, file entry) of every published file."""
    return [(manifest["period"], file) for manifest in run_manifests() for file in manifest["files"]]


def rows_by_table():
    """Rows of each table over all periods, as the manifests count them."""
    counts = {}
    for _, file in files():
        counts[file["table"]] = counts.get(file["table"], 0) + file["rows"]
    return counts
