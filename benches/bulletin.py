#!/usr/bin/env python3
"""How long a month's bulletin takes beyond its run, how large each format is, and whether a second one has the same bytes.

    cargo build --release --features pdf
    python3 benches/bulletin.py --out /path/to/out [--hedui target/release/hedui] [--formats html,docx,xlsx,md,pdf]"""
import argparse, hashlib, json, os, pathlib, subprocess, tempfile, time


def made(hedui, out, formats):
    """Seconds, and each file's size and digest."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        subprocess.run([hedui, "bulletin", "--out", out, "--to", folder, "--format", formats], check=True, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - begun
        files = {p.name: (p.stat().st_size, hashlib.sha256(p.read_bytes()).hexdigest()) for p in sorted(pathlib.Path(folder).iterdir())}
    return seconds, files


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--hedui", default="target/release/hedui")
    parser.add_argument("--formats", default="html,docx,xlsx,md,pdf")
    options = parser.parse_args()
    run = json.loads((pathlib.Path(options.out) / "manifest.json").read_text(encoding="utf-8"))["periods"][-1]
    rows = {f["table"]: f["rows"] for f in json.loads((pathlib.Path(options.out) / run["manifest"]).read_text(encoding="utf-8"))["files"]}
    print(f"{run['period']}: {rows['persons']:,} persons, {rows['units']:,} units, {rows['anomalies']:,} findings; {os.cpu_count()} cores")
    first, files = made(options.hedui, options.out, options.formats)
    second, again = made(options.hedui, options.out, options.formats)
    print(f"{options.formats}: {first:.1f} s, again {second:.1f} s; the same bytes: {files == again}")
    for name, (size, _) in files.items():
        print(f"  {name:16} {size:>12,} bytes")
    for form in options.formats.split(","):
        print(f"  {form:5} alone {made(options.hedui, options.out, form)[0]:6.1f} s")


if __name__ == "__main__":
    main()
