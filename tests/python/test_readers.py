"""DuckDB, Polars, pyarrow and pandas open every published table and see the same rows and types."""

import hashlib
import re
import unittest

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.dataset
import pyarrow.parquet

import published
from published import OUT

# The data dictionary's types, as each reader names them.
TYPES = {
    "text": (pyarrow.string(), polars.String, "VARCHAR"),
    "int32": (pyarrow.int32(), polars.Int32, "INTEGER"),
    "int64": (pyarrow.int64(), polars.Int64, "BIGINT"),
    "float64": (pyarrow.float64(), polars.Float64, "DOUBLE"),
    "decimal(18,2)": (pyarrow.decimal128(18, 2), polars.Decimal(18, 2), "DECIMAL(18,2)"),
    "date": (pyarrow.date32(), polars.Date, "DATE"),
    "boolean": (pyarrow.bool_(), polars.Boolean, "BOOLEAN"),
}
COMMON = (
    "anomaly_id period rule slug category severity status confidence unit_key unit_name person_key person_name resident_id "
    "message_zh message_en amount_yuan evidence legal_basis first_period periods_open run_id"
).split()
CATEGORIES = "over_staffing paid_but_absent mismatched_registrations data_quality early_warning".split()


def one(sql):
    return duckdb.sql(sql).fetchall()[0]


class Readers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tables = {table["path"]: table for table in published.dictionary()["tables"]}
        cls.rows = published.rows_by_table()

    def each_table(self):
        self.assertTrue(self.tables, "nothing is published")
        for path, table in sorted(self.tables.items()):
            with self.subTest(table=path):
                yield path, table

    def test_every_way_of_opening_counts_the_same_rows(self):
        for path, _ in self.each_table():
            folder = OUT / path
            counts = {
                "manifest": self.rows[path],
                "duckdb **": one(f"SELECT count(*) FROM read_parquet('{folder}/**/*.parquet', union_by_name = true)")[0],
                "duckdb *": one(f"SELECT count(*) FROM read_parquet('{folder}/*/*.parquet', hive_partitioning = true, union_by_name = true)")[0],
                "polars": polars.scan_parquet(folder, hive_partitioning=True).select(polars.len()).collect().item(),
                "polars glob": polars.scan_parquet(f"{folder}/**/*.parquet").select(polars.len()).collect().item(),
                "pyarrow": pyarrow.dataset.dataset(folder, partitioning="hive").count_rows(),
                "pandas": len(pandas.read_parquet(folder, partitioning=None)),
            }
            self.assertEqual(len(set(counts.values())), 1, counts)

    def test_types_are_those_of_the_data_dictionary(self):
        for path, table in self.each_table():
            folder = OUT / path
            arrow = pyarrow.dataset.dataset(folder, partitioning="hive").schema
            lazy = polars.scan_parquet(folder, hive_partitioning=True).collect_schema()
            duck = dict(
                duckdb.sql(f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet('{folder}/*/*.parquet'))").fetchall()
            )
            names = [column["name"] for column in table["columns"]]
            self.assertEqual(arrow.names, names)
            self.assertEqual(list(lazy), names)
            self.assertEqual(list(duck), names)
            for column in table["columns"]:
                if column["type"] in TYPES:
                    found = (arrow.field(column["name"]).type, lazy[column["name"]], duck[column["name"]])
                    self.assertEqual(found, TYPES[column["type"]], column["name"])
                else:
                    self.assertTrue(column["type"].startswith("list<struct<"), column)
                    self.assertTrue(pyarrow.types.is_list(arrow.field(column["name"]).type), column)
                    self.assertTrue(duck[column["name"]].startswith("STRUCT(") and duck[column["name"]].endswith("[]"), column)

    def test_period_is_a_text_column_that_says_what_the_folder_says(self):
        for period, file in published.files():
            with self.subTest(file=file["path"]):
                wrong = f"SELECT count(*) FROM read_parquet('{OUT / file['path']}', hive_partitioning = false) WHERE period IS DISTINCT FROM '{period}'"
                self.assertEqual(one(wrong)[0], 0)
                self.assertIn(f"/period={period}/", file["path"])

    def test_files_are_what_their_manifest_says(self):
        for period, file in published.files():
            with self.subTest(file=file["path"]):
                contents = (OUT / file["path"]).read_bytes()
                self.assertEqual(len(contents), file["bytes"])
                self.assertEqual(hashlib.sha256(contents).hexdigest(), file["sha256"])
                self.assertEqual((OUT / file["stored"]).read_bytes(), contents)
                metadata = pyarrow.parquet.read_metadata(OUT / file["path"])
                self.assertEqual(metadata.num_rows, file["rows"])
                self.assertEqual(metadata.metadata[b"hedui.table"].decode(), file["table"])
                self.assertEqual(metadata.metadata[b"hedui.period"].decode(), period)

    def test_columns_carry_their_titles(self):
        for path, table in self.each_table():
            for file in sorted((OUT / path).glob("period=*/*.parquet"))[-1:]:
                schema = pyarrow.parquet.read_schema(file)
                for column in table["columns"]:
                    metadata = schema.field(column["name"]).metadata
                    self.assertEqual(metadata[b"title"].decode(), column["title"])
                    self.assertEqual(metadata[b"title_en"].decode(), column["title_en"])

    def test_no_glob_over_the_root_sees_more_than_is_published(self):
        found = {row[0] for row in duckdb.sql(f"SELECT file FROM glob('{OUT}/**/*.parquet')").fetchall()}
        listed = {str(OUT / file["path"]) for _, file in published.files()}
        self.assertEqual(found, listed)

    def test_the_catalogue_runs_and_its_views_count_the_same_rows(self):
        connection = duckdb.connect()
        connection.execute(f"SET file_search_path = '{OUT}'")
        connection.execute((OUT / "catalog.sql").read_text(encoding="utf-8"))
        count = lambda view: connection.execute(f"SELECT count(*) FROM {view}").fetchone()[0]
        for path, table in self.each_table():
            self.assertEqual(count(f'"{table["view"]}"'), self.rows[path])
        chinese = [name for (name,) in connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main'").fetchall()
                   if re.search(r"[^\x00-\x7f]", name)]
        self.assertEqual(len(chinese), len(self.tables))
        for view in chinese:
            connection.execute(f'SELECT * FROM "{view}" LIMIT 1').fetchall()
        for period, file in published.files():
            name = file["table"].rsplit("/", 1)[-1]
            self.assertEqual(count(f'p{period.replace("-", "_")}."{name}"'), file["rows"])

    def test_anomaly_tables_have_the_common_columns_and_add_up(self):
        for name in ["anomalies", *CATEGORIES]:
            with self.subTest(table=name):
                columns = [column["name"] for column in self.tables[name]["columns"]]
                self.assertEqual([column for column in COMMON if column not in columns], [])
        self.assertEqual(self.rows["anomalies"], sum(self.rows[name] for name in CATEGORIES))

    def test_readers_agree_on_the_money(self):
        folder = OUT / "anomalies"
        duck = one(f"SELECT sum(amount_yuan) FROM read_parquet('{folder}/*/*.parquet')")[0]
        lazy = polars.scan_parquet(folder).select(polars.col("amount_yuan").sum()).collect().item()
        frame = pandas.read_parquet(folder, partitioning=None)["amount_yuan"].dropna().sum()
        self.assertEqual(duck or 0, lazy)
        self.assertEqual(duck or 0, frame)


if __name__ == "__main__":
    unittest.main()
