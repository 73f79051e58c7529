"""The reader kits beside the tables: pinned types, the manifest's files, and months whose columns differ."""

import importlib.util
import json
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

import duckdb
import polars
import pyarrow
import pyarrow.parquet

import published
from published import OUT
from test_readers import TYPES


def kit(name):
    spec = importlib.util.spec_from_file_location(name, OUT / "readers" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module


class Kits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tables = {table["path"]: table for table in published.dictionary()["tables"]}
        cls.rows = published.rows_by_table()
        cls.polars, cls.pandas = kit("read_polars"), kit("read_pandas")

    def test_every_table_is_read_with_the_types_of_the_data_dictionary(self):
        self.assertEqual(list(self.polars.SCHEMA), list(self.tables))
        self.assertEqual(list(self.pandas.SCHEMA), list(self.tables))
        for path, table in self.tables.items():
            with self.subTest(table=path):
                lazy, arrow = self.polars.scan(path), self.pandas.dataset(path)
                self.assertEqual(lazy.select(polars.len()).collect().item(), self.rows[path])
                self.assertEqual(arrow.count_rows(), self.rows[path])
                frame = lazy.collect()
                for column in table["columns"]:
                    wanted = TYPES.get(column["type"])
                    if wanted:
                        self.assertEqual(frame.schema[column["name"]], wanted[1], column["name"])
                        self.assertEqual(arrow.schema.field(column["name"]).type, wanted[0], column["name"])
                    else:
                        self.assertEqual(frame.schema[column["name"]], self.polars.EVIDENCE)

    def test_one_month_is_that_month(self):
        for period in self.polars.periods():
            self.assertEqual(set(self.polars.scan("anomalies", period).collect()["period"]), {period})
            self.assertEqual(set(self.pandas.read("anomalies", period)["period"]), {period})
        for module in (self.polars, self.pandas):
            with self.assertRaises(ValueError):
                module.files("anomalies", "1999-01")
            with self.assertRaises(ValueError):
                module.files("anomalis")

    def test_money_is_exact_and_the_same_in_every_reader(self):
        duck = duckdb.sql(f"SELECT sum(gross_pay) FROM read_parquet('{OUT}/canonical/payroll/*/*.parquet')").fetchall()[0][0]
        self.assertEqual(self.polars.scan("canonical/payroll").select(polars.col("gross_pay").sum()).collect().item(), duck)
        self.assertEqual(self.pandas.read("canonical/payroll", columns=["gross_pay"])["gross_pay"].sum(), duck)

    def test_a_column_more_or_less_breaks_no_reader(self):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            shutil.copytree(OUT / "runs", root / "runs")
            shutil.copy(OUT / "manifest.json", root / "manifest.json")
            files = [file["path"] for _, file in published.files() if file["table"] == "rule_runs"]
            for number, path in enumerate(files):
                table = pyarrow.parquet.read_table(OUT / path)
                added = pyarrow.array(["later"] * len(table))
                table = table.append_column("a_later_column", added) if number else table.drop_columns(["outcome"])
                (root / path).parent.mkdir(parents=True)
                pyarrow.parquet.write_table(table, root / path)
            lazy, frame = self.polars.scan("rule_runs", root=root).collect(), self.pandas.read("rule_runs", root=root)
            self.assertEqual(lazy.columns, list(self.polars.SCHEMA["rule_runs"]))
            self.assertEqual(list(frame.columns), lazy.columns)
            oldest = self.polars.periods(root)[0]
            self.assertTrue(lazy.filter(polars.col("period") == oldest)["outcome"].is_null().all())
            self.assertTrue(frame[frame["period"] == oldest]["outcome"].isna().all())

    def test_another_schema_version_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            manifest = published.root_manifest() | {"schema_version": 999}
            (Path(folder) / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
            for module in (self.polars, self.pandas):
                with self.assertRaises(ValueError):
                    module.periods(Path(folder))

    def test_the_power_query_script_names_every_table_and_column(self):
        script = (OUT / "readers" / "power_query.m").read_text(encoding="utf-8")
        code = "\n".join(line for line in script.splitlines() if not line.startswith("//"))
        for opening, closing in ("()", "[]", "{}"):
            self.assertEqual(code.count(opening), code.count(closing), opening)
        self.assertNotIn("@", code)
        lines = {line.strip().split(" = ")[0]: line for line in code.splitlines() if line.strip().startswith('#"')}
        for path, table in self.tables.items():
            line = lines[f'#"{path}"']
            for column in table["columns"]:
                self.assertIn(f'{{"{column["name"]}", ', line)
        # A record's last field has no comma after it.
        self.assertFalse(list(lines.values())[-1].rstrip().endswith(","))
        self.assertTrue(all(line.rstrip().endswith(",") for line in list(lines.values())[:-1]))


if __name__ == "__main__":
    unittest.main()
