#!/usr/bin/env python3
"""Times what a second run takes after a small change, beside the same run with `--full`, and holds their tables together.

    cargo build --release
    python3 benches/incremental.py --persons 100000

Each case changes one thing in an office of that size, runs, and runs again with --full over the same month: seconds of both,
their ratio, what was reused, and whether every published byte is the same. The last case is a second month in which one row in a
hundred of every CSV extract has another amount. Appends one JSON line to benches/results.jsonl."""
import argparse, hashlib, json, os, pathlib, random, re, shutil, subprocess, sys, tempfile, time

import office as offices


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--hedui", default="target/release/hedui")
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=20261)
    parser.add_argument("--work", default=None, help="folder for the data; kept when given")
    parser.add_argument("--results", default="benches/results.jsonl")
    a = parser.parse_args()
    hedui = str(pathlib.Path(a.hedui).resolve())
    work = pathlib.Path(a.work or tempfile.mkdtemp(prefix="hedui-bench-"))
    office = work / f"months-{a.persons}-{a.seed}"
    if not office.exists():
        offices.make(hedui, office, persons=a.persons, seed=a.seed, months=2, format="csv")
    months = sorted(p.name for p in (office / "sample_data").glob("20*"))
    first, last = months[0], months[-1]
    pipeline = office / "pipelines" / "monthly.toml"

    def run(period, *more):
        start = time.time()
        said = subprocess.run([hedui, "--lang", "en", "--progress", "none", "run", pipeline, "--period", period, *more],
                              capture_output=True, text=True)
        if said.returncode:
            sys.exit(said.stderr)
        reused = re.search(r"Reused +(.*)", said.stdout)
        return round(time.time() - start, 2), (reused.group(1) if reused else "nothing has changed" if "nothing has changed" in said.stdout else "")

    def published():
        return {str(p.relative_to(office)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted((office / "out").rglob("*.parquet"))}

    def manifest(period):
        runs = [json.load(open(p)) for p in (office / "out" / "runs").glob("*.json")]
        return max((m for m in runs if m["period"] == period), key=lambda m: m["finished_at"])

    cases = []

    def case(name, period=last):
        seconds, reused = run(period)
        kept, stages = published(), manifest(period)["seconds"]
        full, _ = run(period, "--full")
        same = kept == published()
        cases.append({"case": name, "seconds": seconds, "full_s": full, "ratio": round(seconds / full, 3), "reused": reused, "same_bytes": same,
                      "stages": stages, "full_stages": manifest(period)["seconds"]})
        print(f"{name}: {seconds} s, in full {full} s, ratio {seconds / full:.2f}; reused {reused or 'nothing'}; same bytes: {same}")

    shutil.rmtree(office / "out", ignore_errors=True)
    shutil.rmtree(office / ".hedui" / "cache", ignore_errors=True)
    print(f"first month, nothing kept: {run(first)[0]} s; second month: {run(last)[0]} s")
    case("nothing changed")
    rule = next((office / "pipelines" / "rules" / "paid_but_absent").glob("P05*"))
    rule.write_text(rule.read_text(encoding="utf-8") + "\n-- looked at again\n", encoding="utf-8")
    case("the text of one rule")
    text = pipeline.read_text(encoding="utf-8")
    pipeline.write_text(text.replace("# s1_from = 3", "s1_from = 4"), encoding="utf-8")
    case("one parameter")
    pay = next((office / "sample_data" / last).glob("payroll*.csv"))
    pay.write_bytes(pay.read_bytes().replace(b".00,", b".01,", 1))
    case("one cell of pay")
    # Every hundredth row of every CSV extract of the second month gets another amount, where it has one.
    draw = random.Random(a.seed)
    for path in (office / "sample_data" / last).glob("*.csv"):
        lines = path.read_bytes().split(b"\n")
        for i in range(1, len(lines)):
            if draw.random() < 0.01:
                lines[i] = lines[i].replace(b".00,", b".07,", 1)
        path.write_bytes(b"\n".join(lines))
    case("one row in a hundred")
    pipeline.write_text(text, encoding="utf-8")
    line = {"what": "incremental", "persons": a.persons, "seed": a.seed, "cores": os.cpu_count(), "cases": cases}
    with open(a.results, "a") as f:
        f.write(json.dumps(line, ensure_ascii=False) + "\n")


main()
