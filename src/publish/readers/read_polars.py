"""核对 发布表的 Polars 读取脚本 / reads hedui's published tables with Polars, under pinned types.

Written by hedui beside the tables; the next run writes it again. Which files make up a table comes from manifest.json, so a
month that is not published is never seen. A column that a newer version adds is left out here; one that an older month
lacks is null there.

    import read_polars
    read_polars.scan("anomalies", period="2026-10").collect()

    python read_polars.py            every table with its rows / 列出全部表及行数
"""

import json
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parents[1]
SCHEMA_VERSION = @VERSION@
EVIDENCE = pl.List(pl.Struct({"table": pl.String, "source_file": pl.String, "source_row": pl.Int64, "column": pl.String, "value": pl.String}))

# Table → column → type. 表 → 列 → 类型。
SCHEMA = {
@SCHEMA@}


def _json(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


def periods(root=ROOT):
    """Published months, oldest first."""
    manifest = _json(Path(root) / "manifest.json")
    if manifest["schema_version"] != SCHEMA_VERSION:
        raise ValueError(f"these tables have schema version {manifest['schema_version']}, this script reads {SCHEMA_VERSION}")
    return [entry["period"] for entry in manifest["periods"]]


def files(table, period=None, root=ROOT):
    """The files of a table, of one month or of all, oldest month first."""
    root = Path(root)
    if period is not None and period not in periods(root):
        raise ValueError(f"{period} is not published")
    if table not in SCHEMA:
        raise ValueError(f"no table {table}; there are: {', '.join(SCHEMA)}")
    entries = [entry for entry in _json(root / "manifest.json")["periods"] if period in (None, entry["period"])]
    runs = [_json(root / entry["manifest"]) for entry in entries]
    return [root / file["path"] for run in runs for file in run["files"] if file["table"] == table]


def scan(table, period=None, root=ROOT):
    """A lazy frame of a table, of one month ("2026-10") or of all."""
    paths = files(table, period, root)
    if not paths:
        return pl.LazyFrame(schema=SCHEMA[table])
    return pl.scan_parquet(paths, schema=SCHEMA[table], missing_columns="insert", extra_columns="ignore", hive_partitioning=False)


if __name__ == "__main__":
    for name in SCHEMA:
        print(f"{scan(name).select(pl.len()).collect().item():>12,}  {name}")
