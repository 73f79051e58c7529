"""Every rule's text in DataFusion and in DuckDB over the same published tables, row by row against what was published.

Besides the tree that HEDUI_OUT names, a generated office is looked at, in which far more rules find something; HEDUI_GENERATED
names one that is there already."""

import decimal
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import datafusion
import duckdb
import pyarrow

import test_rules
from published import OUT, REPOSITORY

PERSONS, SEED, MONTHS = "3000", "4", ("2026-08", "2026-09", "2026-10")


def generated(folder):
    """An office with planted problems, three months of it published."""
    hedui = test_rules.program()
    subprocess.run([hedui, "init", "--no-sample", folder], check=True, stdout=subprocess.DEVNULL)
    options = ["--persons", PERSONS, "--seed", SEED, "--months", "3", "--format", "csv", "--out", folder / "sample_data"]
    subprocess.run([hedui, "generate", *options], check=True, stdout=subprocess.DEVNULL)
    for month in MONTHS:
        subprocess.run([hedui, "run", folder / "pipelines/monthly.toml", "--period", month, "--quiet"], check=True)
    return folder / "out"


def split(text):
    """The script's parts: what is set up in DuckDB, and the rule's own text."""
    before, reading, after = text.partition("\n.read ")
    assert reading, "the script reads the catalogue"
    path, _, after = after.partition("\n")
    setup, params, after = after.partition("CREATE OR REPLACE TEMP TABLE params")
    values, _, rule = after.partition(";\n\n")
    catalogue = Path(path.strip("'").replace("''", "'")).read_text(encoding="utf-8")
    return [before, catalogue, setup, params + values], rule.strip().rstrip(";")


class Month:
    """A month in DuckDB, with what DataFusion gets of it."""

    def __init__(self):
        self.connection = duckdb.connect()
        self.ready = False
        self.tables = {}

    def table(self, name):
        # Once a month: every rule reads the same tables.
        if name not in self.tables:
            self.tables[name] = self.connection.sql(f'SELECT * FROM "{name}"').to_arrow_table()
        return self.tables[name]

    def ask(self, text):
        """The rule's columns and rows in DuckDB and in DataFusion."""
        (before, catalogue, setup, params), rule = split(text)
        for part in [params] if self.ready else [before, catalogue, setup, params]:
            self.connection.execute(part)
        self.ready = True
        self.tables.pop("params", None)
        answer = self.connection.execute(rule)
        duck = [c[0] for c in answer.description], answer.fetchall()
        known = {row[0] for row in self.connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema IN (current_schema(), 'main', 'temp')").fetchall()}
        context = datafusion.SessionContext()
        words = set("".join(c if c.isalnum() or c == "_" else " " for c in rule).split())
        for name in sorted((words & known) | {"params"}):
            table = self.table(name)
            # Lists of evidence are none of a rule's business.
            plain = [f.name for f in table.schema if not pyarrow.types.is_list(f.type)]
            table = table.select(plain)
            batches = table.to_batches() or [pyarrow.RecordBatch.from_pylist([], schema=table.schema)]
            context.register_record_batches(name, [batches])
        frame = context.sql(rule)
        rows = frame.to_arrow_table()
        return duck, (rows.schema.names, list(zip(*[c.to_pylist() for c in rows.columns])) if rows.num_rows else [])


def plain(value):
    """A value as both engines would show it: numbers to the fen, everything else as it is."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float, decimal.Decimal)):
        return round(float(value), 2)
    return str(value)


def in_order(names, rows):
    """Rows as sorted texts, columns by name."""
    order = sorted(range(len(names)), key=lambda i: names[i])
    return sorted(repr([plain(row[i]) for i in order]) for row in rows)


class Engines(unittest.TestCase):
    def hold(self, out):
        test_rules.OUT, before = out, test_rules.OUT
        # The newest month, which has all the others behind it.
        manifests = test_rules.manifests(out)[-1:]
        compared, silent = 0, []
        try:
            for manifest in manifests:
                month = Month()
                for ran in manifest["rule_runs"]:
                    with self.subTest(out=str(out), period=manifest["period"], rule=ran["rule"]):
                        compared += self.compare(month, manifest["period"], ran)
            for rule in {ran["rule"] for m in manifests for ran in m["rule_runs"]}:
                if not any(ran["findings"] for m in manifests for ran in m["rule_runs"] if ran["rule"] == rule):
                    silent.append(rule)
        finally:
            test_rules.OUT = before
        self.assertGreater(compared, 0, "no rule found anything: nothing was compared")
        return sorted(silent)

    def compare(self, month, period, ran):
        (duck_names, duck_rows), (names, rows) = month.ask(test_rules.script(ran["rule"], period))
        self.assertEqual(sorted(names), sorted(duck_names), "the engines return other columns")
        self.assertEqual(in_order(names, rows), in_order(duck_names, duck_rows), "DataFusion and DuckDB differ")
        if not ran["ran"] or ran["outcome"] == "preview":
            return 0
        found = test_rules.by_finding(names, rows)
        wanted = test_rules.findings(ran["rule"], test_rules.category(ran["rule"], period), period)
        self.assertEqual(found.keys(), wanted.keys(), "DataFusion and what was published differ")
        self.assertEqual(test_rules.other_values(names, found, wanted), [])
        return len(rows)

    def test_engines_agree_on_what_was_published(self):
        self.hold(OUT)

    def test_engines_agree_on_a_generated_office(self):
        there = os.environ.get("HEDUI_GENERATED")
        if there:
            silent = self.hold(Path(there))
        else:
            with tempfile.TemporaryDirectory() as folder:
                silent = self.hold(generated(Path(folder) / "office"))
        print("rules without a finding in the generated office:", ", ".join(silent) or "none")


if __name__ == "__main__":
    unittest.main()
