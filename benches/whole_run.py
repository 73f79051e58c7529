#!/usr/bin/env python3
"""Times a whole run beside its floor and its peer, in the same session. The floor reads the same extracts with Polars and writes
them as Parquet, nothing else; the peer is benches/exact_key.py. Prints ratios and appends one JSON line to benches/results.jsonl.

    cargo build --release
    python3 benches/whole_run.py --persons 1000000 --repeat 3

Needs PyPI polars and duckdb. Peak memory is the largest of hedui and its parser children, from wait4."""
import argparse, hashlib, json, os, pathlib, platform, shutil, subprocess, sys, tempfile

import office as offices
from timing import timed

FLOOR = r'''
import sys
import polars as pl
folder = sys.argv[1]
for i, path in enumerate(sys.argv[2:]):
    raw = open(path, "rb").read()
    try: text = raw.decode("utf-8-sig")
    except UnicodeDecodeError: text = raw.decode("gb18030")
    utf8 = f"{folder}/{i}.csv"
    with open(utf8, "w") as f: f.write(text)
    del raw, text
    pl.scan_csv(utf8, infer_schema_length=0).sink_parquet(utf8 + ".parquet", compression="zstd")
'''


def tables(out):
    """Path below `out` → SHA-256 of every published Parquet file."""
    found = (pathlib.Path(folder) / name for folder, _, names in os.walk(out, followlinks=True) for name in names if name.endswith(".parquet"))
    return {str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found if ".store" not in path.parts}


def within(hedui, pipeline, office, limit):
    """A run within a limit."""
    out = office / "out-limited"
    shutil.rmtree(out, ignore_errors=True)
    return {"limit": limit, **timed([hedui, "run", str(pipeline), "--quiet", "--full", "--progress", "none", "--out", str(out), "--memory-limit", limit])}


def limited(hedui, pipeline, office, limit, usual):
    """The same run within a limit: its time and peak beside the usual run's. Its tables must be the same bytes."""
    run = within(hedui, pipeline, office, limit)
    out = office / "out-limited"
    if tables(out) != tables(office / "out"):
        sys.exit("the limit changed a table")
    return {**run, "time_to_usual": round(run["wall_s"] / usual["wall_s"], 2), "peak_to_usual": round(run["peak_mib"] / usual["peak_mib"], 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--hedui", default="target/release/hedui")
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=20261)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--work", default=None, help="folder for the data; kept when given")
    parser.add_argument("--rules", nargs="+", default=None, help="only these rules; the others are switched off")
    parser.add_argument("--memory-limit", default=None, help="run once more within this limit, such as 2600M, and compare the bytes")
    parser.add_argument("--only-limited", action="store_true", help="nothing but the run within the limit, for offices that fit no memory otherwise")
    parser.add_argument("--results", default="benches/results.jsonl")
    arguments = parser.parse_args()
    hedui = str(pathlib.Path(arguments.hedui).resolve())
    work = pathlib.Path(arguments.work or tempfile.mkdtemp(prefix="hedui-bench-"))
    office = work / f"office-{arguments.persons}-{arguments.seed}"
    if not office.exists():
        offices.make(hedui, office, persons=arguments.persons, seed=arguments.seed, months=1, format="csv")
    pipeline = office / "pipelines" / "monthly.toml"
    if arguments.rules:
        codes = [rule["code"] for rule in json.loads(subprocess.run([hedui, "rules", "--format", "json"], cwd=office, check=True, capture_output=True).stdout)]
        off = "".join(f"\n[rules.{code}]\nenabled = false\n" for code in codes if code not in arguments.rules)
        text, pipeline = pipeline.read_text(encoding="utf-8"), pipeline.with_name("some_rules.toml")
        pipeline.write_text(text + off, encoding="utf-8")
    extracts = sorted(str(p) for p in (office / "sample_data").glob("20*/*") if p.is_file())
    size = sum(os.path.getsize(p) for p in extracts)
    print(f"{len(extracts)} extracts, {size / 1e6:.0f} MB")
    if arguments.only_limited:
        line = {"what": "within_limit", "persons": arguments.persons, "seed": arguments.seed, "bytes": size, "cores": os.cpu_count(),
                "machine": platform.processor() or platform.machine(), **within(hedui, pipeline, office, arguments.memory_limit or "75%")}
        print(json.dumps(line))
        with open(arguments.results, "a") as f:
            f.write(json.dumps(line) + "\n")
        return
    # Whoever reads first would otherwise pay for the disk.
    for path in extracts:
        pathlib.Path(path).read_bytes()
    rows = []
    for i in range(arguments.repeat):
        out = office / "out"
        shutil.rmtree(out, ignore_errors=True)
        with tempfile.TemporaryDirectory() as copies:
            floor = timed([sys.executable, "-c", FLOOR, copies, *extracts])
        run = timed([hedui, "run", str(pipeline), "--quiet", "--full", "--progress", "none"])
        peer = timed([sys.executable, str(pathlib.Path(__file__).with_name("exact_key.py")), str(pathlib.Path(extracts[0]).parent)])
        ratio = round(run["wall_s"] / floor["wall_s"], 2)
        rows.append({"floor": floor, "exact_key": peer, "run": run, "ratio": ratio, "ratio_to_exact_key": round(run["wall_s"] / peer["wall_s"], 2)})
        print(f"run {run}  floor {floor}  ratio {ratio}  exact-key script {peer}  ratio {rows[-1]['ratio_to_exact_key']}")
    manifest = json.load(open(max((office / "out" / "runs").glob("*.json"), key=os.path.getmtime)))
    best = sorted(rows, key=lambda r: r["ratio"])[len(rows) // 2]
    line = {"what": "whole_run", "persons": arguments.persons, "seed": arguments.seed, "rules": len(arguments.rules) if arguments.rules else "all", "bytes": size, "cores": os.cpu_count(),
            "machine": platform.processor() or platform.machine(), "median_ratio_to_floor": best["ratio"], "ratio_to_exact_key_then": best["ratio_to_exact_key"],
            "peak_mib": max(r["run"]["peak_mib"] for r in rows), "runs": rows, "stages_s": manifest.get("seconds")}
    print(json.dumps(line, ensure_ascii=False))
    if arguments.memory_limit:
        line["limited"] = limited(hedui, pipeline, office, arguments.memory_limit, best["run"])
        print(line["limited"])
    with open(arguments.results, "a") as f:
        f.write(json.dumps(line, ensure_ascii=False) + "\n")


main()
