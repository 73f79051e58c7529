"""核对 发布表的 pandas/pyarrow 读取脚本 / reads hedui's published tables with pyarrow and pandas, under pinned types.

Written by hedui beside the tables; the next run writes it again. Which files make up a table comes from manifest.json, so a
month that is not published is never seen. A column that a newer version adds is left out here; one that an older month
lacks is null there. Types are Arrow's own in pandas too: whole numbers stay whole where a value is missing, money stays exact.

    import read_pandas
    read_pandas.read("anomalies", period="2026-10")      # pandas
    read_pandas.dataset("anomalies")                     # pyarrow, lazy

    python read_pandas.py            every table with its rows / 列出全部表及行数
"""

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

ROOT = Path(__file__).resolve().parents[1]
SCHEMA_VERSION = @VERSION@
EVIDENCE = pa.list_(
    pa.field(
        "item",
        pa.struct(
            [
                pa.field("table", pa.string(), False),
                pa.field("source_file", pa.string(), False),
                pa.field("source_row", pa.int64(), False),
                pa.field("column", pa.string(), False),
                pa.field("value", pa.string()),
            ]
        ),
        False,
    )
)

# Table → its columns and types. 表 → 各列及类型。
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
    return [str(root / file["path"]) for run in runs for file in run["files"] if file["table"] == table]


def dataset(table, period=None, root=ROOT):
    """A pyarrow dataset of a table, of one month ("2026-10") or of all."""
    return ds.dataset(files(table, period, root), schema=SCHEMA[table], format="parquet")


def read(table, period=None, root=ROOT, columns=None):
    """A pandas frame of a table, of one month or of all; `columns` names the ones to read."""
    return dataset(table, period, root).to_table(columns=columns).to_pandas(types_mapper=pd.ArrowDtype)


if __name__ == "__main__":
    for name in SCHEMA:
        print(f"{dataset(name).count_rows():>12,}  {name}")
