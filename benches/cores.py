#!/usr/bin/env python3
"""What a second core gives a whole run, beside what this machine lets it give. Three things in turn: the run on one core; the run on two; and two
runs on one core each, at the same time. Were the two cores whole, the last would take no longer than the first; what it takes longer is what they
share (memory, cache, the disk), and no program on two cores can be faster than twice the first divided by the last.

    cargo build --release
    python3 benches/cores.py --persons 1000000 --repeat 2

Prints ratios and appends one JSON line to benches/results.jsonl. Needs taskset (Linux)."""
import argparse, json, os, pathlib, platform, shutil, subprocess, sys, tempfile, time

import office as offices
from timing import timed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--hedui", default="target/release/hedui")
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=20261)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--work", default=None, help="folder for the data; kept when given")
    parser.add_argument("--results", default="benches/results.jsonl")
    arguments = parser.parse_args()
    hedui = str(pathlib.Path(arguments.hedui).resolve())
    work = pathlib.Path(arguments.work or tempfile.mkdtemp(prefix="hedui-bench-"))
    office = work / f"office-{arguments.persons}-{arguments.seed}"
    if not office.exists():
        offices.make(hedui, office, persons=arguments.persons, seed=arguments.seed, months=1, format="csv")
    # A run of its own for each: key, cache and output.
    twin = work / f"{office.name}-twin"
    shutil.rmtree(twin, ignore_errors=True)
    twin.mkdir()
    for part in ("pipelines", "schemas"):
        shutil.copytree(office / part, twin / part)
    (twin / "sample_data").symlink_to(office.resolve() / "sample_data")

    def run(cores, where=office):
        shutil.rmtree(where / "out", ignore_errors=True)
        return ["taskset", "-c", cores, hedui, "run", str(where / "pipelines" / "monthly.toml"), "--quiet", "--full", "--progress", "none"]

    rows = []
    for _ in range(arguments.repeat):
        one, two = timed(run("0")), timed(run("0,1"))
        start = time.time()
        pair = [subprocess.Popen(run(core, where), stdout=subprocess.DEVNULL) for core, where in (("0", office), ("1", twin))]
        if any([process.wait() for process in pair]):
            sys.exit("one of two runs failed")
        both = time.time() - start
        rows.append({"one_core": one, "two_cores": two, "two_runs_at_once_s": round(both, 2),
                     "ratio": round(one["wall_s"] / two["wall_s"], 2), "ceiling": round(2 * one["wall_s"] / both, 2)})
        print(rows[-1])
    best = sorted(rows, key=lambda r: r["ratio"])[len(rows) // 2]
    line = {"what": "cores", "persons": arguments.persons, "seed": arguments.seed, "cores": os.cpu_count(), "machine": platform.processor() or platform.machine(),
            "ratio": best["ratio"], "ceiling": best["ceiling"], "runs": rows}
    print(json.dumps(line))
    with open(arguments.results, "a") as f:
        f.write(json.dumps(line) + "\n")


main()
