#!/usr/bin/env python3
"""Time and memory of linking alone, and how they grow with the number of staff.

    cargo build --release
    python3 benches/growth.py --persons 100000 1000000 3000000

For each size a month is generated, and a pipeline of four tables (units, register, payroll, HR) runs without any rule: the two links of
persons and what they need. Told are the linking stage's seconds, the whole run's, the peak, what stood in memory when linking began
(sampled five times a second), and each size's time to that of the smallest, divided by the sizes' ratio: 1 is linear."""
import argparse, json, os, pathlib, re, shutil, subprocess, sys, tempfile, time

import office as offices

TABLES = ("establishment_units", "establishment_staff", "payroll", "hr_staff")


def links_only(binary, office):
    """The pipeline of four tables and no rules, beside the office's own."""
    text = (office / "pipelines/monthly.toml").read_text(encoding="utf-8")
    head, *blocks = re.split(r"(?m)^(?=\[\[sources\]\])", text)
    blocks = [re.split(r"(?m)^(?=# Parameters of rules)", block)[0] for block in blocks]
    blocks = [block for block in blocks if re.search(r'table = "(\w+)"', block).group(1) in TABLES]
    codes = [rule["code"] for rule in json.loads(subprocess.run([binary, "rules", "--format", "json"], cwd=office, check=True, capture_output=True).stdout)]
    pipeline = office / "pipelines/links.toml"
    pipeline.write_text(head + "".join(blocks) + "".join(f"\n[rules.{code}]\nenabled = false\n" for code in codes), encoding="utf-8")
    return pipeline


def run(binary, office, pipeline):
    out = office / "out-links"
    shutil.rmtree(out, ignore_errors=True)
    start = time.time()
    process = subprocess.Popen([binary, "run", pipeline, "--out", out, "--full", "--quiet", "--progress", "none", "--memory-limit", "100%"])
    samples = []
    while True:
        done, status, usage = os.wait4(process.pid, os.WNOHANG)
        if done:
            break
        try:
            with open(f"/proc/{process.pid}/status") as lines:
                rss = next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS"))
            samples.append((time.time() - start, rss))
        except (OSError, StopIteration):
            pass
        time.sleep(0.2)
    if status != 0:
        sys.exit(f"hedui failed: {status}")
    manifest = json.load(open(max((out / "runs").glob("*.json"), key=os.path.getmtime)))
    seconds = manifest["seconds"]
    begun, ended = seconds["read"], seconds["read"] + seconds["resolve"]
    before = [rss for at, rss in samples if at <= begun + 0.5][-1:]
    within = [rss for at, rss in samples if begun <= at <= ended + 0.5]
    shutil.rmtree(out, ignore_errors=True)
    return {"link_s": round(seconds["resolve"], 2), "run_s": round(time.time() - start, 2), "peak_mib": usage.ru_maxrss // 1024,
            "before_mib": before[0] if before else None, "linking_mib": max(within, default=0) - (before[0] if before else 0)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--hedui", default="target/release/hedui")
    parser.add_argument("--persons", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--seed", type=int, default=9401)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--results", default="benches/results.jsonl")
    arguments = parser.parse_args()
    binary = str(pathlib.Path(arguments.hedui).resolve())
    rows = []
    for persons in sorted(arguments.persons):
        with tempfile.TemporaryDirectory(prefix="hedui-growth-") as folder:
            office = pathlib.Path(folder) / "office"
            offices.make(binary, office, persons=persons, seed=arguments.seed, months=1, format="csv")
            pipeline = links_only(binary, office)
            best = min((run(binary, office, pipeline) for _ in range(arguments.repeat)), key=lambda r: r["link_s"])
        row = {"persons": persons, **best}
        first = rows[0] if rows else row
        for what in ("link_s", "run_s"):
            row[f"{what[:-2]}_to_linear"] = round(row[what] / first[what] / (persons / first["persons"]), 3)
        rows.append(row)
        print(json.dumps(row))
    with open(arguments.results, "a", encoding="utf-8") as f:
        f.write(json.dumps({"what": "growth", "seed": arguments.seed, "cores": os.cpu_count(), "rows": rows}) + "\n")


if __name__ == "__main__":
    main()
