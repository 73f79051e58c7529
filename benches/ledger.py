#!/usr/bin/env python3
"""The ledger's figures: a million cases with ten million events, read, folded and verified; writers killed at random; two writers.

    python3 benches/ledger.py --binary target/release/hedui [--cases 1000000] [--events 10000000] [--operations 1000] [--dir /tmp/ledger]

Prints one JSON object. The ledger of --dir is made once and used again. Needs about 900 bytes of disk an event (9 GB as it stands). Exit 1 when a writer
lost or doubled anything."""
import argparse, collections, json, os, pathlib, random, shutil, signal, sqlite3, subprocess, sys, time

arguments = argparse.ArgumentParser()
arguments.add_argument("--binary", required=True)
arguments.add_argument("--cases", type=int, default=1_000_000)
arguments.add_argument("--events", type=int, default=10_000_000)
arguments.add_argument("--operations", type=int, default=1000, help="writes during which writers are killed")
arguments.add_argument("--seconds", type=float, default=10.0)
arguments.add_argument("--dir", type=pathlib.Path, default=pathlib.Path("/tmp/hedui-ledger"))
a = arguments.parse_args()
a.dir.mkdir(parents=True, exist_ok=True)
large = a.dir / f"large-{a.cases}-{a.events}.sqlite"
report = {"cases": a.cases, "events": a.events, "cores": os.cpu_count()}


def bench(what, db, *more):
    return [a.binary, "ledger", "bench", what, "--db", str(db), *map(str, more)]


def told(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if not large.exists():
    making = large.with_suffix(".making")
    for left in a.dir.glob(making.name + "*"):
        left.unlink()
    report["fill"] = told(bench("fill", making, "--cases", a.cases, "--events", a.events))
    connection = sqlite3.connect(making)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    making.rename(large)
report["bytes"] = large.stat().st_size
report["read"] = told(bench("read", large, "--cases", a.cases, "--seconds", a.seconds))
report["verify"] = told(bench("verify", large))

# Writers killed with -9 at random moments, until the operations are acknowledged.
small = a.dir / "small.sqlite"
for left in a.dir.glob("small.sqlite*"):
    left.unlink()
told(bench("fill", small, "--cases", 200, "--events", 200))
acknowledged, kills, dice = set(), 0, random.Random(7)
while len(acknowledged) < a.operations:
    kills += 1
    writer = subprocess.Popen(bench("write", small, "--cases", 200, "--events", 100_000, "--seed", kills, "--who", "killed"), stdout=subprocess.PIPE, text=True)
    # Some die before their first commit, some after a few dozen.
    time.sleep(dice.uniform(0.001, 0.08))
    writer.send_signal(signal.SIGKILL)
    out, _ = writer.communicate()
    # The last line may be cut in two.
    lines = out.split("\n")[:-1]
    acknowledged |= {line[4:] for line in lines if line.startswith("ack ")}


def notes(path):
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT why FROM events WHERE what = 'note'").fetchall()
    connection.close()
    return collections.Counter(why for (why,) in rows)


found = notes(small)
report["kill"] = {
    "kills": kills, "acknowledged": len(acknowledged), "written": sum(found.values()),
    "lost": len(acknowledged - found.keys()), "doubled": sum(n > 1 for n in found.values()), "verified": told(bench("verify", small))["events"],
}

# Two writers at once on few cases, so that they meet.
for left in a.dir.glob("pair.sqlite*"):
    left.unlink()
pair = a.dir / "pair.sqlite"
told(bench("fill", pair, "--cases", 3, "--events", 3))
started = time.time()
writers = [subprocess.Popen(bench("write", pair, "--cases", 3, "--events", a.operations // 2, "--seed", n, "--who", f"writer{n}"), stdout=subprocess.PIPE, text=True) for n in (1, 2)]
outs = [writer.communicate()[0] for writer in writers]
found = notes(pair)
report["two_writers"] = {
    "seconds": round(time.time() - started, 2), "written": sum(found.values()), "meant": a.operations // 2 * 2,
    "doubled": sum(n > 1 for n in found.values()),
    "conflicts": sum(int(line.split()[1]) for out in outs for line in out.split("\n") if line.startswith("done ")),
    "verified": told(bench("verify", pair))["events"],
}
print(json.dumps(report, indent=1))
bad = report["kill"]["lost"] + report["kill"]["doubled"] + report["two_writers"]["doubled"]
sys.exit(1 if bad or report["two_writers"]["written"] != report["two_writers"]["meant"] else 0)
