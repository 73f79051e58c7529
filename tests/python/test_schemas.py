"""The shipped schemas are sound Frictionless Table Schemas, and the published canonical tables are what they say."""

import json
import tempfile
import unittest
from pathlib import Path

import frictionless
import pyarrow.csv
import pyarrow.parquet

import published
from published import OUT, REPOSITORY

SCHEMAS = sorted((REPOSITORY / "schemas").glob("*.json"))


def problems(report):
    return [f"row {row}, {field}: {kind}" for row, field, kind in report.flatten(["rowNumber", "fieldName", "type"])[:20]]


class Schemas(unittest.TestCase):
    def test_every_schema_is_a_table_schema(self):
        self.assertTrue(SCHEMAS)
        for path in SCHEMAS:
            with self.subTest(schema=path.name):
                schema = json.loads(path.read_text(encoding="utf-8"))
                self.assertEqual(schema["name"], path.stem)
                self.assertEqual(list(frictionless.Schema.metadata_validate(schema)), [])

    def test_published_canonical_tables_satisfy_their_schemas(self):
        canonical = [(period, file) for period, file in published.files() if file["table"].startswith("canonical/")]
        self.assertTrue(canonical, "no canonical table is published")
        for period, file in canonical:
            with self.subTest(table=file["table"], period=period), tempfile.TemporaryDirectory() as folder:
                path = REPOSITORY / "schemas" / f"{file['table'].removeprefix('canonical/')}.json"
                schema = frictionless.Schema.from_descriptor(json.loads(path.read_text(encoding="utf-8")))
                # frictionless reads Parquet only through a package of its own; CSV holds the same values as text.
                table = pyarrow.parquet.read_table(OUT / file["path"], partitioning=None)
                data = Path(folder) / "data.csv"
                pyarrow.csv.write_csv(table, data)
                resource = frictionless.Resource(path=data.name, basepath=folder, schema=schema)
                report = resource.validate()
                self.assertTrue(report.valid, problems(report))


if __name__ == "__main__":
    unittest.main()
