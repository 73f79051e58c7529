#!/usr/bin/env python3
"""What an expert's script does with equality alone: loads four extracts into DuckDB and runs six checks. The peer that a whole
run is timed beside; it links nothing, masks nothing, publishes nothing.

    python3 benches/exact_key.py FOLDER        # of CSV extracts as `hedui generate --format csv` writes them; needs PyPI duckdb"""
import pathlib, sys, tempfile
import duckdb

folder, scratch = pathlib.Path(sys.argv[1]), pathlib.Path(tempfile.mkdtemp())
db = duckdb.connect()


def load(table, columns):
    raw = (folder / f"{table}.csv").read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
    path = scratch / f"{table}.csv"
    path.write_text(text)
    wanted = ", ".join(f'"{source}" AS {name}' for name, source in columns.items())
    db.execute(f"CREATE TABLE {table} AS SELECT {wanted} FROM read_csv('{path}', all_varchar = true, header = true, nullstr = '')")


load("establishment_staff", {"unit_code": "机构编码", "quota_type": "编制类型", "bucket": "编制情况", "status": "人员状态", "id_no": "身份证号"})
load("quotas", {"unit_code": "机构编码", "quota_type": "编制类型", "bucket": "台账类型", "approved": "编制数量"})
load("payroll", {"payer": "单位代码", "id_no": "身份证号", "account": "银行账号", "class": "人员身份", "batch": "发放批次"})
load("hr_staff", {"id_no": "身份证号码", "status": "人员状态"})
CHECKS = {
    "over quota": "SELECT count(*) FROM (SELECT unit_code, quota_type, count(*) AS n FROM establishment_staff WHERE bucket = '在编' GROUP BY ALL) "
                  "JOIN (SELECT unit_code, quota_type, sum(CAST(approved AS INT)) AS q FROM quotas WHERE bucket = '本单位' GROUP BY ALL) USING (unit_code, quota_type) WHERE n > q",
    "paid, not enrolled": "SELECT count(*) FROM payroll p WHERE id_no IS NOT NULL AND NOT EXISTS (SELECT 1 FROM establishment_staff e WHERE e.id_no = p.id_no)",
    "paid after exit": "SELECT count(*) FROM payroll JOIN hr_staff USING (id_no) WHERE status IN ('死亡', '退休', '辞职', '开除')",
    "paid while absent": "SELECT count(*) FROM payroll JOIN hr_staff USING (id_no) WHERE status IN ('长期旷工', '停薪留职')",
    "two payers": "SELECT count(*) FROM (SELECT id_no FROM payroll WHERE class = '在职人员' GROUP BY 1 HAVING count(DISTINCT payer) > 1)",
    "shared account": "SELECT count(*) FROM (SELECT account FROM payroll GROUP BY 1 HAVING count(DISTINCT id_no) > 1)",
}
for name, sql in CHECKS.items():
    print(f"{name}: {db.execute(sql).fetchone()[0]}")
