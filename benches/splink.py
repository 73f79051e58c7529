#!/usr/bin/env python3
"""Hedui beside Splink 5 on the two person links, from one generated folder, in one session.

    cargo build --release
    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install splink==5.0.0 duckdb==2.0.0 polars==2.1.0 pandas pyarrow
    /tmp/venv/bin/python benches/splink.py --persons 20000 --seed 9301

Both link payroll and HR of the last month to the establishment register. Splink gets what suits it best: the columns unique_id, name,
id_no, unit as CSV, cleaned by Python (width, case, apostrophes), its documented comparisons with term frequencies, blocking rules
joined by ID, name, unit and birth date, training by EM, the best link of each row at probability 0.5. Hedui gets the raw extracts.
A row is right when it is linked to a register row of its true person; a row whose person the register lacks must stay unlinked.
Errors are wrong links plus missed ones. Rows with a planted second valid number count as missed for Hedui, which by rule keeps two valid
numbers apart."""
import argparse, csv, glob, json, os, pathlib, shutil, subprocess, sys, tempfile, time, unicodedata

import growth, office as offices

SOURCES = {"payroll": ("姓名", "身份证号", "单位名称"), "hr_staff": ("姓名", "身份证号码", "人事所在单位")}
LEFT = ("establishment_staff", ("姓名", "身份证号", "机构名称"))


def table(path, columns):
    raw = open(path, "rb").read()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
    for number, row in enumerate(csv.DictReader(text.splitlines()), 2):
        yield number, [row[c] for c in columns]


def clean(text):
    return unicodedata.normalize("NFKC", text or "").replace(" ", "").replace("'", "").upper()


def write_sets(office, period, work):
    """LEFT.csv, payroll.csv, hr_staff.csv, and whose each row is: {table: {row: person}}."""
    data = office / "sample_data"
    truth = {}
    with open(data / "truth/rows.csv", encoding="utf-8") as f:
        for r in csv.DictReader(f):
            if r["period"] == period and r["person_id"]:
                truth.setdefault(r["table"], {})[int(r["source_row"])] = r["person_id"]
    for name, columns in [LEFT, *SOURCES.items()]:
        with open(work / f"{name}.csv", "w", newline="", encoding="utf-8") as f:
            out = csv.writer(f)
            out.writerow(["unique_id", "name", "id_no", "unit"])
            for number, (person, id_no, unit) in table(data / period / f"{name}.csv", columns):
                out.writerow([number, clean(person), clean(id_no), clean(unit)])
    return truth


SPLINK = r'''
import json, logging, resource, sys, time, warnings
warnings.filterwarnings("ignore"); logging.disable(logging.WARNING)
import polars as pl
import splink.comparison_library as cl
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI
read = lambda p: pl.read_csv(p, infer_schema_length=0).with_columns(dob=pl.col("id_no").str.slice(6, 8))
start = time.time()
left, right = read(sys.argv[1]), read(sys.argv[2])
read_s, start = time.time() - start, time.time()
db = DuckDBAPI()
settings = SettingsCreator(
    link_type="link_only", unique_id_column_name="unique_id",
    blocking_rules_to_generate_predictions=[block_on("id_no"), block_on("name", "unit"), block_on("unit", "dob"), block_on("name", "dob"), block_on("unit", "substr(name,1,1)")],
    comparisons=[cl.JaroWinklerAtThresholds("name", [0.9, 0.7]).configure(term_frequency_adjustments=True), cl.LevenshteinAtThresholds("id_no", [1, 2]),
                 cl.JaroWinklerAtThresholds("unit", [0.95, 0.85]).configure(term_frequency_adjustments=True), cl.ExactMatch("dob")],
    retain_intermediate_calculation_columns=False)
linker = Linker([db.register(left.to_pandas(), dataset_display_name="l"), db.register(right.to_pandas(), dataset_display_name="r")], settings)
linker.training.estimate_probability_two_random_records_match([block_on("id_no")], recall=0.95)
linker.training.estimate_u_using_random_sampling(max_pairs=2e6)
linker.training.estimate_parameters_using_expectation_maximisation(block_on("id_no"))
linker.training.estimate_parameters_using_expectation_maximisation(block_on("name", "unit"))
pairs = pl.from_pandas(linker.inference.predict(threshold_match_probability=0.2).as_pandas_dataframe())
best = pairs.sort("match_probability", descending=True).unique("unique_id_r", keep="first")
link_s = time.time() - start
best.filter(pl.col("match_probability") >= 0.5).select("unique_id_l", "unique_id_r").write_csv(sys.argv[3])
print(json.dumps({"read_s": round(read_s, 2), "link_s": round(link_s, 2), "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, "pairs": pairs.height}))
'''


def splink(work, name):
    found = work / f"splink-{name}.csv"
    answer = subprocess.run([sys.executable, "-c", SPLINK, work / f"{LEFT[0]}.csv", work / f"{name}.csv", found], check=True, capture_output=True, text=True)
    with open(found, encoding="utf-8") as f:
        links = {int(r["unique_id_r"]): int(r["unique_id_l"]) for r in csv.DictReader(f)}
    return links, json.loads(answer.stdout.strip().splitlines()[-1])


def errors(links, left, right):
    """`links`: right row → left row, or a set of left persons."""
    enrolled = set(left.values())
    wrong = missed = 0
    for row, person in right.items():
        to = links.get(row)
        if to is None:
            missed += person in enrolled
        elif left.get(to) != person:
            wrong += 1
            missed += person in enrolled
    expected = sum(p in enrolled for p in right.values())
    linked = sum(r in links for r in right)
    return {"expected": expected, "linked": linked, "wrong": wrong, "missed": missed, "errors": wrong + missed,
            "precision": round(1 - wrong / max(1, linked), 6), "recall": round(1 - missed / max(1, expected), 6)}


def keys(office, period, name):
    import polars as pl
    files = glob.glob(str(office / f"out/canonical/{name}/period={period}/*.parquet"))
    frame = pl.read_parquet(files, columns=["source_file", "source_row", "person_key", "person_match", "person_probability"], hive_partitioning=False)
    return frame.filter(pl.col("source_file").str.contains(period, literal=True))


def hedui(binary, office, period):
    out = office / "out"
    shutil.rmtree(out, ignore_errors=True)
    start = time.time()
    process = subprocess.Popen([binary, "run", office / "pipelines/monthly.toml", "--period", period, "--quiet", "--full"])
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"hedui failed: {status}")
    manifest = json.load(open(max((out / "runs").glob("*.json"), key=os.path.getmtime)))
    register = {}
    for row, key in keys(office, period, LEFT[0]).select("source_row", "person_key").iter_rows():
        register.setdefault(key, row)
    found = {name: {row: register[key] for row, key in keys(office, period, name).select("source_row", "person_key").iter_rows() if key in register} for name in SOURCES}
    return found, {"run_s": round(time.time() - start, 2), "cpu_s": round(usage.ru_utime + usage.ru_stime, 2), "link_s": manifest.get("seconds", {}).get("resolve") if isinstance(manifest.get("seconds"), dict) else None,
                   "peak_mib": usage.ru_maxrss // 1024, "stages": manifest.get("seconds")}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--hedui", default="target/release/hedui")
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=9301)
    parser.add_argument("--noise", default="1")
    parser.add_argument("--months", default="1")
    parser.add_argument("--period", default="2026-10")
    parser.add_argument("--work", default=None, help="folder for the data; kept when given")
    parser.add_argument("--results", default="benches/results.jsonl")
    parser.add_argument("--no-splink", action="store_true")
    arguments = parser.parse_args()
    binary = str(pathlib.Path(arguments.hedui).resolve())
    work = pathlib.Path(arguments.work or tempfile.mkdtemp(prefix="hedui-splink-"))
    work.mkdir(parents=True, exist_ok=True)
    office = work / f"office-{arguments.persons}-{arguments.seed}-{arguments.noise}"
    if not office.exists():
        offices.make(binary, office, persons=arguments.persons, seed=arguments.seed, months=arguments.months, noise=arguments.noise, format="csv")
    truth = write_sets(office, arguments.period, work)
    found, cost = hedui(binary, office, arguments.period)
    line = {"what": "splink", "persons": arguments.persons, "seed": arguments.seed, "noise": arguments.noise, "cores": os.cpu_count(), "hedui": cost, "links": {}}
    print(f"hedui: {cost}")
    # The same two links and nothing else, for time and memory; quality is that of the whole run above.
    alone = growth.run(binary, office, growth.links_only(binary, office))
    line["alone"] = alone
    print(f"hedui, two links alone: {alone}")
    for name in SOURCES:
        ours = errors(found[name], truth[LEFT[0]], truth[name])
        line["links"][name] = {"hedui": ours}
        print(f"{name:9} hedui  {ours}")
        if not arguments.no_splink:
            links, theirs_cost = splink(work, name)
            theirs = errors(links, truth[LEFT[0]], truth[name])
            ratio = round(ours["errors"] / max(1, theirs["errors"]), 4)
            line["links"][name] |= {"splink": theirs, "splink_cost": theirs_cost, "error_ratio": ratio}
            print(f"{name:9} splink {theirs} {theirs_cost}\n{name:9} errors, hedui to splink: {ratio}")
    if not arguments.no_splink:
        costs = [line["links"][name]["splink_cost"] for name in SOURCES]
        line["time_ratio"] = round(alone["link_s"] / sum(c["link_s"] for c in costs), 3)
        line["memory_ratio"] = round(alone["linking_mib"] / max(c["peak_mib"] for c in costs), 3)
        print(f"two links alone, to splink: time {line['time_ratio']}, memory {line['memory_ratio']}")
    with open(arguments.results, "a", encoding="utf-8") as f:
        f.write(json.dumps(line, ensure_ascii=False) + "\n")


main()
