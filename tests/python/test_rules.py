"""Every rule, run in DuckDB over the published tables by the script an auditor gets, finds what was published."""

import datetime
import decimal
import functools
import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import duckdb

import published
from published import OUT, REPOSITORY

KEYS = ("unit_key", "person_key", "object_key")


def program():
    """HEDUI, or the program that cargo built."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
    choices = [os.environ.get("HEDUI"), target / "debug" / "hedui", target / "release" / "hedui", shutil.which("hedui")]
    found = [str(choice) for choice in choices if choice and Path(choice).is_file()]
    if not found:
        raise FileNotFoundError("the program is not built: cargo build, or HEDUI=/path/to/hedui")
    return found[0]


@functools.cache
def scripts(out, period):
    """The script of every rule of a month, by its code: written in one go, as starting the program for each takes minutes."""
    with tempfile.TemporaryDirectory() as folder:
        # In the repository, so that the rules are those of its pipelines/rules.
        command = [program(), "explain", "--script", "--to", folder, "--out", str(out), "--period", period]
        subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
        return {path.stem: path.read_text(encoding="utf-8") for path in Path(folder).glob("*.sql")}


def script(rule, period):
    return scripts(OUT, period)[rule]


def run(text):
    """What DuckDB's shell does with the script, which has .read besides SQL: the last query's columns and rows."""
    connection = duckdb.connect()
    before, reading, after = text.partition("\n.read ")
    assert reading, "the script reads the catalogue"
    path, _, after = after.partition("\n")
    connection.execute(before)
    connection.execute(Path(path.strip("'").replace("''", "'")).read_text(encoding="utf-8"))
    answer = connection.execute(after)
    return [column[0] for column in answer.description], answer.fetchall()


def by_finding(names, rows):
    """(unit, person, object) → the rows of that finding."""
    groups = {}
    for row in rows:
        row = dict(zip(names, row))
        groups.setdefault(tuple(row.get(key) for key in KEYS), []).append(row)
    return groups


def same(published_value, value):
    """Whether a query's value is the published one; money is published in fen."""
    if published_value is None or value is None:
        return published_value is value
    if isinstance(published_value, (float, decimal.Decimal)):
        return abs(float(published_value) - float(value)) <= 0.0051
    if isinstance(published_value, datetime.date):
        return published_value.isoformat() == str(value)[:10]
    return published_value == value


def manifests(out):
    """The manifest of every period's run below a folder, oldest first."""
    root = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    return [json.loads((out / entry["manifest"]).read_text(encoding="utf-8")) for entry in root["periods"]]


def category(rule, period):
    path = OUT / "rule_runs" / f"period={period}" / "part-0.parquet"
    return dict(duckdb.sql(f"SELECT rule, category FROM read_parquet('{path}')").fetchall())[rule]


def other_values(names, found, wanted):
    """Published values that no row of the same finding has: the amount and the rule's own columns."""
    other = []
    for key, (finding,) in wanted.items():
        for name in names:
            column = "amount_yuan" if name == "amount" else name
            if name in ("severity", "confidence", *KEYS) or column not in finding:
                continue
            values = [row[name] for row in found[key]]
            if not any(same(finding[column], value) for value in values):
                other.append((key, column, finding[column], values))
    return other


def findings(rule, category, period):
    connection = duckdb.connect()
    sql = f"SELECT * FROM read_parquet('{OUT / category / f'period={period}' / 'part-0.parquet'}') WHERE rule = ? AND status <> 'closed'"
    answer = connection.execute(sql, [rule])
    names = [column[0] for column in answer.description]
    return by_finding(names, answer.fetchall())


class Rules(unittest.TestCase):
    def test_rule_runs_are_those_of_the_manifest(self):
        for manifest in published.run_manifests():
            path = OUT / "rule_runs" / f"period={manifest['period']}" / "part-0.parquet"
            counted = dict(duckdb.sql(f"SELECT rule, findings FROM read_parquet('{path}')").fetchall())
            self.assertEqual(counted, {run["rule"]: run["findings"] for run in manifest["rule_runs"]})

    def test_duckdb_finds_what_was_published(self):
        manifests = published.run_manifests()
        self.assertTrue(manifests, "nothing is published")
        compared = 0
        for manifest in manifests:
            for ran in manifest["rule_runs"]:
                # Inside the loop, so that every rule that differs is listed, not only the first.
                with self.subTest(period=manifest["period"], rule=ran["rule"]):
                    compared += self.compare(manifest["period"], ran)
        self.assertGreater(compared, 0, "no rule found anything: nothing was compared")

    def compare(self, period, ran):
        """Findings compared of one rule in one month. The script of a rule that gave none for want of a feed must run too."""
        names, rows = run(script(ran["rule"], period))
        if not ran["ran"] or ran["outcome"] == "preview":
            return 0
        found = by_finding(names, rows)
        wanted = findings(ran["rule"], category(ran["rule"], period), period)
        differences = {
            "only in DuckDB": sorted(map(str, found.keys() - wanted.keys())),
            "only published": sorted(map(str, wanted.keys() - found.keys())),
        }
        self.assertEqual((len(found), len(wanted)), (ran["findings"], ran["findings"]), differences)
        self.assertEqual(found.keys(), wanted.keys(), differences)
        self.assertEqual(other_values(names, found, wanted), [])
        return len(found)


if __name__ == "__main__":
    unittest.main()
