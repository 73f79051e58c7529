#!/usr/bin/env python3
"""Precision and recall per rule and per link on seeds nobody tuned to, and silence on clean data.

    cargo build --release
    python3 benches/quality.py --persons 20000 --seeds 9001 9002 9003 9004 9005

For each seed: generate three months (or --months) with default noise and problems, run them in order, score the last against the truth. Then once
with --noise 0 --plant 0, which must accuse nobody: S4 tells of posts that fall vacant and certificates near their end, which a world
in order has too. Rows read must be rows taken plus rows rejected."""
import argparse, collections, json, pathlib, shutil, subprocess, sys, tempfile


def office(hedui, work, name, *options):
    folder = work / name
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([hedui, "init", "--no-sample", folder], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([hedui, "generate", "--out", folder / "sample_data", *options], check=True, stdout=subprocess.DEVNULL)
    return folder


def months(count, last):
    """The last `count` months up to YYYY-MM, oldest first."""
    year, month = map(int, last.split("-"))
    numbers = range(12 * year + month - count, 12 * year + month)
    return [f"{n // 12}-{n % 12 + 1:02}" for n in numbers]


def run(hedui, folder, period):
    subprocess.run([hedui, "run", folder / "pipelines/monthly.toml", "--period", period, "--quiet"], check=True)
    newest = max((folder / "out/runs").glob("*.json"), key=lambda p: p.stat().st_mtime)
    rows = json.load(open(newest))["rows"]
    assert rows["read"] == rows["taken"] + rows["rejected"], rows
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--hedui", default="target/release/hedui")
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[9001, 9002, 9003, 9004, 9005])
    parser.add_argument("--noise", default="1")
    parser.add_argument("--format", default="csv")
    parser.add_argument("--work", default=None)
    parser.add_argument("--no-clean", action="store_true")
    parser.add_argument("--months", type=int, default=3, help="T07 and P14 compare with a year before: 13")
    parser.add_argument("--last", default="2026-10", help="W08 speaks from January to March, W09 at the end of a quarter: 2027-03")
    arguments = parser.parse_args()
    periods = months(arguments.months, arguments.last)
    span = ["--months", str(arguments.months), "--period", arguments.last]
    hedui = str(pathlib.Path(arguments.hedui).resolve())
    work = pathlib.Path(arguments.work or tempfile.mkdtemp(prefix="hedui-quality-"))
    total = collections.defaultdict(lambda: collections.Counter())
    worst = {}
    for seed in arguments.seeds:
        folder = office(hedui, work, f"seed-{seed}", "--persons", str(arguments.persons), "--seed", str(seed), "--noise", arguments.noise, "--format", arguments.format, *span)
        # Rules over earlier months need them published.
        for period in periods:
            rows = run(hedui, folder, period)
        answer = subprocess.run([hedui, "score", "--out", folder / "out", "--truth", folder / "sample_data/truth", "--json"], check=True, capture_output=True, text=True)
        for s in json.loads(answer.stdout):
            key = (s["of"], s["name"])
            for field in ("expected", "found", "right", "look_alikes_fired"):
                total[key][field] += s[field]
            for field in ("precision", "recall"):
                if s[field] is not None:
                    worst[key, field] = min(worst.get((key, field), 1.0), s[field])
        print(f"seed {seed}: {rows}", file=sys.stderr)
    print(f"{'of':5} {'name':28} {'expected':>9} {'found':>9} {'right':>9} {'alike':>6} {'precision':>9} {'recall':>9} {'worst p':>8} {'worst r':>8}")
    failed = 0
    for key, t in sorted(total.items()):
        precision = t["right"] / t["found"] if t["found"] else 1.0
        recall = t["right"] / t["expected"] if t["expected"] else 1.0
        flag = "" if key[0] != "rule" or (precision >= 0.97 and recall >= 0.97) else "  <--"
        failed += bool(flag)
        print(f"{key[0]:5} {key[1]:28} {t['expected']:9} {t['found']:9} {t['right']:9} {t['look_alikes_fired']:6} {precision:9.4f} {recall:9.4f} {worst.get((key, 'precision'), 1):8.4f} {worst.get((key, 'recall'), 1):8.4f}{flag}")
    if not arguments.no_clean:
        folder = office(hedui, work, "clean", "--persons", str(arguments.persons), "--seed", "9100", "--noise", "0", "--plant", "0", "--format", arguments.format, *span)
        for period in periods:
            run(hedui, folder, period)
        answer = subprocess.run([hedui, "query", "--out", folder / "out", "--format", "csv", "SELECT rule, count(*) AS n FROM anomalies WHERE severity <> 'S4' GROUP BY rule ORDER BY rule"], check=True, capture_output=True, text=True)
        print("clean data, findings at S1 to S3:", answer.stdout.split("\n")[1:-1] or "none")
        failed += len(answer.stdout.strip().split("\n")) > 1
    print(f"{failed} below 0.97")


main()
