#!/usr/bin/env python3
"""The ledger's figures: a million cases with ten million events, read, folded and verified; writers killed at random; two writers.

    python3 benches/ledger.py --binary target/release/hedui [--cases 1000000] [--events 10000000] [--operations 1000] [--dir /tmp/ledger]
    python3 benches/ledger.py --binary target/release/hedui --postgres start --cases 100000 --events 1000000

On SQLite, or on a PostgreSQL server: --postgres names one by its url (without a schema), or `start` starts one in --dir from Debian's
package, with its own settings but shared_buffers=1GB, and stops it. Prints one JSON object. The SQLite ledger of --dir is made once and used
again; about 900 bytes of disk an event (9 GB as it stands). Exit 1 when a writer lost or doubled anything."""
import argparse, atexit, collections, glob, json, os, pathlib, random, signal, sqlite3, subprocess, sys, time

arguments = argparse.ArgumentParser()
arguments.add_argument("--binary", required=True)
arguments.add_argument("--cases", type=int, default=1_000_000)
arguments.add_argument("--events", type=int, default=10_000_000)
arguments.add_argument("--operations", type=int, default=1000, help="writes during which writers are killed")
arguments.add_argument("--seconds", type=float, default=10.0)
arguments.add_argument("--dir", type=pathlib.Path, default=pathlib.Path("/tmp/hedui-ledger"))
arguments.add_argument("--out", help="a published folder: the cases are of its units, and the whole gate is measured on them")
arguments.add_argument("--postgres", help="url of a server, or: start")
arguments.add_argument("--only", choices=["large", "kill", "pair"], nargs="+", default=["large", "kill", "pair"])
a = arguments.parse_args()
a.dir.mkdir(parents=True, exist_ok=True)
report = {"store": "postgres" if a.postgres else "sqlite", "cores": os.cpu_count()}


def start_server():
    """A throwaway server on a socket in --dir; PostgreSQL refuses to run as root."""
    bin = max(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: int(p.split("/")[4]))
    home = a.dir / "server"
    subprocess.run(["rm", "-rf", home], check=True)
    home.mkdir()
    run = []
    if os.getuid() == 0:
        run = ["setpriv", "--reuid=postgres", "--clear-groups"]
        subprocess.run(["chown", "postgres", home], check=True)
    quiet = {"check": True, "cwd": home, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
    subprocess.run([*run, f"{bin}/initdb", "-D", home / "data", "-U", "hedui", "-A", "trust", "-E", "UTF8", "--locale=C"], **quiet)
    options = f"-k {home} -c listen_addresses= -c shared_buffers=1GB -c max_wal_size=4GB"
    subprocess.run([*run, f"{bin}/pg_ctl", "-D", home / "data", "-l", home / "log", "-w", "-o", options, "start"], **quiet)
    atexit.register(lambda: subprocess.run([*run, f"{bin}/pg_ctl", "-D", home / "data", "-m", "fast", "-w", "stop"], **quiet))
    return f"postgres://hedui@/postgres?host={home}"


server = start_server() if a.postgres == "start" else a.postgres
started = int(time.time())


def place(name):
    """A new ledger's place."""
    if server:
        return f"{server}{'&' if '?' in server else '?'}schema=bench_{name}_{started}"
    for left in a.dir.glob(f"{name}.sqlite*"):
        left.unlink()
    return a.dir / f"{name}.sqlite"


def bench(what, db, *more):
    return [a.binary, "ledger", "bench", what, "--db", str(db), *map(str, more)]


def told(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def notes(db):
    return collections.Counter(subprocess.run(bench("notes", db), check=True, capture_output=True, text=True).stdout.split("\n")[:-1])


def write(db, cases, events, seed, who):
    return subprocess.Popen(bench("write", db, "--cases", cases, "--events", events, "--seed", seed, "--who", who), stdout=subprocess.PIPE, text=True)


def large():
    report.update(cases=a.cases, events=a.events)
    more = ["--out", a.out] if a.out else []
    if server:
        db = place("large")
        report["fill"] = told(bench("fill", db, "--cases", a.cases, "--events", a.events, *more))
    else:
        db = a.dir / f"large-{a.cases}-{a.events}{'-units' if a.out else ''}.sqlite"
        if not db.exists():
            making = place("making")
            report["fill"] = told(bench("fill", making, "--cases", a.cases, "--events", a.events, *more))
            connection = sqlite3.connect(making)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            making.rename(db)
        report["bytes"] = db.stat().st_size
    report["read"] = told(bench("read", db, "--cases", a.cases, "--seconds", a.seconds, *more))
    report["verify"] = told(bench("verify", db))


def kill():
    """Writers killed with -9 at random moments, until the operations are acknowledged."""
    small = place("small")
    told(bench("fill", small, "--cases", 200, "--events", 200))
    acknowledged, kills, dice = set(), 0, random.Random(7)
    begun = time.time()
    write(small, 200, 1, 0, "before").communicate()
    # Some die before their first commit, some after a few dozen, however long it takes to start.
    longest = time.time() - begun + 0.08
    while len(acknowledged) < a.operations:
        kills += 1
        writer = write(small, 200, 100_000, kills, "killed")
        time.sleep(dice.uniform(0.001, longest))
        writer.send_signal(signal.SIGKILL)
        out, _ = writer.communicate()
        # The last line may be cut in two.
        acknowledged |= {line[4:] for line in out.split("\n")[:-1] if line.startswith("ack ")}
    # A server may still be at the last one's commit; whoever writes next waits for it.
    write(small, 200, 1, 0, "after").communicate()
    found = notes(small)
    del found["before-0-0"], found["after-0-0"]
    lost, doubled = len(acknowledged - found.keys()), sum(n > 1 for n in found.values())
    report["kill"] = {"kills": kills, "acknowledged": len(acknowledged), "written": sum(found.values()), "lost": lost,
                      "doubled": doubled, "verified": told(bench("verify", small))["events"]}
    return lost + doubled


def pair():
    """Two writers at once on few cases, so that they meet."""
    db = place("pair")
    told(bench("fill", db, "--cases", 3, "--events", 3))
    begun, meant = time.time(), a.operations // 2 * 2
    outs = [w.communicate()[0] for w in [write(db, 3, a.operations // 2, n, f"writer{n}") for n in (1, 2)]]
    found = notes(db)
    written, doubled = sum(found.values()), sum(n > 1 for n in found.values())
    conflicts = sum(int(line.split()[1]) for out in outs for line in out.split("\n") if line.startswith("done "))
    report["two_writers"] = {"seconds": round(time.time() - begun, 2), "written": written, "meant": meant, "doubled": doubled,
                             "conflicts": conflicts, "verified": told(bench("verify", db))["events"]}
    return doubled + abs(written - meant)


if "large" in a.only:
    large()
bad = (kill() if "kill" in a.only else 0) + (pair() if "pair" in a.only else 0)
print(json.dumps(report, indent=1))
sys.exit(1 if bad else 0)
