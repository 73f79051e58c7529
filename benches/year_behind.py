#!/usr/bin/env python3
"""Times a month's run with a year of published months behind it beside the same run with none, in the same session: what the years
cost. The months behind are published first, which takes a while. Appends one JSON line to benches/results.jsonl.

    cargo build --release
    python3 benches/year_behind.py --persons 100000 --repeat 3

Peak memory is the largest of hedui and its parser children, from wait4."""
import argparse, json, os, pathlib, platform, shutil, subprocess, tempfile

import office as offices
from timing import timed

PERIOD, BEFORE, FIRST = "2026-10", "2026-09", "2025-10"


def slowest(office, out):
    """Seconds of the stages, and of the ten slowest rules, of the month's newest run."""
    newest = max((office / out / "runs").glob(f"{PERIOD}-*.json"), key=os.path.getmtime)
    manifest = json.loads(newest.read_text(encoding="utf-8"))
    rules = sorted(manifest["rule_runs"], key=lambda rule: -rule["seconds"])
    return manifest["seconds"], {rule["rule"]: round(rule["seconds"], 2) for rule in rules[:10]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--hedui", default="target/release/hedui")
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=20262)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--work", default=None, help="folder for the data; kept when given")
    parser.add_argument("--memory-limit", default=None, help="run once more within this limit, such as 2600M")
    parser.add_argument("--results", default="benches/results.jsonl")
    arguments = parser.parse_args()
    hedui = str(pathlib.Path(arguments.hedui).resolve())
    office = pathlib.Path(arguments.work or tempfile.mkdtemp(prefix="hedui-bench-")) / f"year-{arguments.persons}-{arguments.seed}"
    if not office.exists():
        offices.make(hedui, office, persons=arguments.persons, seed=arguments.seed, months=13, format="csv")
    # A handful of rows may well halve from month to month.
    quiet = ["--quiet", "--progress", "none", "--accept-volume", "generated"]
    subprocess.run([hedui, "backfill", "pipelines/monthly.toml", "--from", FIRST, "--to", BEFORE, "--out", "behind", *quiet], cwd=office, check=True)
    run = [hedui, "run", "pipelines/monthly.toml", "--period", PERIOD, "--full", *quiet]
    rows = []
    for _ in range(arguments.repeat):
        shutil.rmtree(office / "alone", ignore_errors=True)
        alone, behind = timed([*run, "--out", "alone"], cwd=office), timed([*run, "--out", "behind"], cwd=office)
        ratios = {"time": round(behind["wall_s"] / alone["wall_s"], 2), "peak": round(behind["peak_mib"] / alone["peak_mib"], 2)}
        rows.append({"alone": alone, "year_behind": behind, "ratios": ratios})
        print(rows[-1])
    middle = sorted(rows, key=lambda row: row["ratios"]["time"])[len(rows) // 2]
    stages, rules = slowest(office, "behind")
    line = {"what": "year_behind", "persons": arguments.persons, "seed": arguments.seed, "cores": os.cpu_count(), "machine": platform.processor() or platform.machine(),
            "median_ratio": middle["ratios"], "runs": rows, "stages_s": stages, "slowest_rules_s": rules}
    if arguments.memory_limit:
        line["limited"] = {"limit": arguments.memory_limit, **timed([*run, "--out", "behind", "--memory-limit", arguments.memory_limit], cwd=office)}
    print(json.dumps(line, ensure_ascii=False))
    with open(arguments.results, "a", encoding="utf-8") as results:
        results.write(json.dumps(line, ensure_ascii=False) + "\n")


main()
