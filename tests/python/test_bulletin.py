"""The bulletin held against DuckDB: every figure of the page is what its printed query answers there too; every part of a document is
sound XML; the worked queries of docs/queries.md answer the same in both engines."""

import html
import json
import re
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree
import zipfile
from pathlib import Path

import duckdb

import published
from published import OUT, REPOSITORY
from test_rules import program


def answers(connection, sql):
    return [[None if value is None else str(value) for value in row] for row in connection.execute(sql).fetchall()]


def shows(shown, value):
    plain, value = shown.replace(",", ""), float(value or 0)
    if plain.endswith("%"):
        return -1e-9 <= value * 100 - float(plain[:-1]) < 0.01
    return abs(float(plain) - value) < 1e-6


class Bulletin(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.made = Path(cls.folder.name)
        cls.hedui = program()
        command = [cls.hedui, "bulletin", "--out", str(OUT), "--to", str(cls.made), "--format", "html,docx", "--units", "open"]
        subprocess.run(command, check=True, capture_output=True, cwd=cls.folder.name)
        cls.page = (cls.made / "bulletin.html").read_text(encoding="utf-8")
        cls.duck = duckdb.connect()
        cls.duck.execute(f"SET file_search_path = '{OUT}'")
        cls.duck.execute((OUT / "catalog.sql").read_text(encoding="utf-8"))

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_every_figure_is_what_duckdb_answers(self):
        listed = self.page.split('<details class="queries">')[1].split("</details>")[0]
        queries = {html.unescape(title): html.unescape(sql) for title, sql in re.findall(r"<h3>(.*?)</h3>\s*<pre>(.*?)</pre>", listed, re.S)}
        compared = 0
        for name, title, body in re.findall(
            r'<table data-table="(\w+)">\s*<caption>(.*?)</caption>.*?<tbody>(.*?)</tbody>', self.page, re.S
        ):
            with self.subTest(table=name):
                rows = [re.findall(r"<td( class=\"n\")?>(.*?)</td>", row, re.S) for row in re.findall(r"<tr>(.*?)</tr>", body, re.S)]
                rows = [row for row in rows if len(row) > 1]
                answer = answers(self.duck, queries[html.unescape(title)])
                self.assertEqual(len(rows), len(answer))
                for row, values in zip(rows, answer):
                    for (number, shown), value in zip(row, values):
                        shown = html.unescape(shown)
                        if number and shown and not shown.startswith(("<", "\u203b")):
                            self.assertTrue(shows(shown, value), f"{shown} is not {value}")
                            compared += 1
        self.assertGreater(compared, 200)

    def test_every_part_of_a_document_is_sound_xml(self):
        documents = sorted(self.made.rglob("*.docx"))
        self.assertGreater(len(documents), 1)
        for document in documents:
            with zipfile.ZipFile(document) as package:
                names = package.namelist()
                self.assertEqual(names[0], "[Content_Types].xml")
                for name in names:
                    xml.etree.ElementTree.fromstring(package.read(name))
                self.assertEqual({info.date_time for info in package.infolist()}, {(1980, 1, 1, 0, 0, 0)})
                text = package.read("word/document.xml").decode()
                charts = re.findall(r'r:id="(rIdChart\d+)"', text)
                relations = package.read("word/_rels/document.xml.rels").decode()
                for chart in charts:
                    self.assertIn(f'Id="{chart}"', relations)

    def test_the_page_is_official(self):
        with zipfile.ZipFile(self.made / "bulletin.docx") as package:
            text, styles = (package.read(f"word/{part}.xml").decode() for part in ("document", "styles"))
        # GB/T 9704-2012: A4, margins 37, 26, 35 and 28 mm in twentieths of a point, 29 points a line, 16 points a character.
        self.assertIn('<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1588"', text)
        self.assertIn('w:line="580" w:lineRule="exact"', styles)
        self.assertIn('<w:sz w:val="32"/>', styles)
        self.assertIn("<w:tblHeader/>", text)

    def test_the_worked_queries_answer_the_same_in_both_engines(self):
        page = (REPOSITORY / "docs" / "queries.md").read_text(encoding="utf-8")
        queries = re.findall(r"```sql\n(.*?)\n```", page, re.S)
        self.assertEqual(len(queries), 20)
        for number, sql in enumerate(queries, 1):
            with self.subTest(query=number):
                command = [self.hedui, "query", "--format", "json", "--out", str(OUT), sql]
                said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
                rows = json.loads(said, parse_float=str, parse_int=str)
                ours = [[None if v is None else str(v) for v in row.values()] for row in rows]
                self.assertEqual(ours, answers(self.duck, sql))


if __name__ == "__main__":
    unittest.main()
