#!/usr/bin/env python3
"""Unit linking: generated units written differently, and real institution names in three groups, string similarity beside it.

    cargo build --release
    python3 benches/units.py --persons 20000 --seeds 9301 9302 --org /path/to/org

Generated: every unit that payroll or HR writes under another name than the register's, right when its rows carry the register unit's key;
look-alikes are wrong when they carry any. Names only (the last rows): the same names through the registrations, where no staff can vouch.

Real names (--org: ror_cn_alias.tsv, wuhan2020_hospitals.tsv), names only, each against a register of all the others' names:
  string       one name is the other's plaque, script or abbreviation, and no third name could be meant: to be linked
  alias only   the string cannot tell (a rename): unlinked or left for review without a table of aliases, linked with one
  look-alikes  two institutions one character apart, one of them unknown to the register: never to be linked"""
import argparse, collections, csv, io, pathlib, shutil, subprocess, tempfile, unicodedata

import office as offices

PIPELINE = """name = "units"
schemas = "schemas"
rules_dir = "pipelines/rules"
out = "out"
[period]
default = "latest"
[publish]
key_file = ".hedui/secret.key"
[[sources]]
table = "establishment_units"
path = "data/{period}/establishment_units.csv"
[[sources]]
table = "registrations"
path = "data/{period}/registrations.csv"
[[sources]]
table = "unit_aliases"
path = "data/{period}/unit_aliases.csv"
allow_empty = true
"""


def query(hedui, out, sql):
    answer = subprocess.run([hedui, "query", "--out", out, "--format", "csv", sql], check=True, capture_output=True, text=True)
    return list(csv.DictReader(io.StringIO(answer.stdout)))


def names_only(hedui, work, register, source, aliases=()):
    """Row of `source` → row of `register` it is linked to, and the rows with a near miss or left unresolved."""
    folder = work / "names"
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([hedui, "init", "--no-sample", folder], check=True, stdout=subprocess.DEVNULL)
    (folder / "pipelines/units.toml").write_text(PIPELINE, encoding="utf-8")
    data = folder / "data/2026-10"
    data.mkdir(parents=True)
    def write(name, header, rows):
        with open(data / f"{name}.csv", "w", newline="", encoding="utf-8") as f:
            csv.writer(f).writerows([header, *rows])
    write("establishment_units", ["机构编码", "机构名称", "机构性质", "机构状态"], [(f"R{i:06}", n, "事业单位", "正常") for i, n in enumerate(register)])
    write("registrations", ["统一社会信用代码", "事业单位名称", "登记状态"], [("", n, "正常") for n in source])
    write("unit_aliases", ["机构编码", "机构名称", "别名"], [(f"R{i:06}", register[i], n) for i, n in aliases])
    subprocess.run([hedui, "run", folder / "pipelines/units.toml", "--period", "2026-10", "--quiet", "--full"], check=True)
    # By the links, not the canonical rows: rows without a credit code are set aside, but linked all the same.
    sql = "SELECT right_source_row, left_source_row FROM unit_links WHERE right_table = 'registrations' AND decision = 'linked'"
    linked = {int(r["right_source_row"]) - 2: int(r["left_source_row"]) - 2 for r in query(hedui, folder / "out", sql)}
    review = query(hedui, folder / "out", "SELECT right_source_row FROM unit_links WHERE decision <> 'linked' AND right_table = 'registrations'")
    return linked, {int(r["right_source_row"]) - 2 for r in review}


def share(part, whole):
    return f"{part}/{whole} = {part / whole:.4f}" if whole else "0/0"


def similarity(label, register, source, want):
    try:
        from rapidfuzz import distance, fuzz, process
    except ImportError:
        return
    for name, scorer in (("Jaro-Winkler", distance.JaroWinkler.normalized_similarity), ("WRatio", fuzz.WRatio)):
        best = process.cdist(source, register, scorer=scorer, workers=-1).argmax(1)
        right = sum(want.get(i) == int(b) for i, b in enumerate(best))
        print(f"{label:34} {name:12} right {share(right, len(source))}, all others wrongly linked")


def generated(hedui, work, persons, seed, noise):
    folder = work / f"seed-{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    offices.make(hedui, folder, persons=persons, seed=seed, noise=noise, months=1, format="csv")
    subprocess.run([hedui, "run", folder / "pipelines/monthly.toml", "--period", "2026-10", "--quiet", "--full"], check=True)
    truth = {}
    for r in csv.DictReader(open(folder / "sample_data/truth/rows.csv", encoding="utf-8")):
        truth[r["table"], int(r["source_row"])] = r["unit_id"]
    units = list(csv.DictReader(open(folder / "sample_data/truth/units.csv", encoding="utf-8")))
    name_of = {u["unit_id"]: u["unit_name"] for u in units}
    listed = {u["unit_id"] for u in units if u["listed"] == "true"}
    registered = {r["unit_key"]: truth["establishment_units", int(r["source_row"])] for r in query(hedui, folder / "out", "SELECT unit_key, source_row FROM establishment_units")}
    written = {}
    for table in ("payroll", "hr_staff"):
        for r in query(hedui, folder / "out", f"SELECT source_row, unit_key, unit_name FROM {table}"):
            true = truth.get((table, int(r["source_row"])))
            if true and r["unit_name"] and r["unit_name"] != name_of[true]:
                written.setdefault((table, true, r["unit_name"]), registered.get(r["unit_key"]))
    differ = {k: v for k, v in written.items() if k[1] in listed}
    right = sum(v == k[1] for k, v in differ.items())
    found = sum(v is not None for v in differ.values())
    outside = {k: v for k, v in written.items() if k[1] not in listed}
    print(f"seed {seed}: written differently {len(differ)}, recall {share(right, len(differ))}, precision {share(right, found)}; payers outside the register wrongly linked {sum(v is not None for v in outside.values())}/{len(outside)}")
    for (table, true, name), got in sorted(differ.items()):
        if got != true:
            print(f"    {table}: {name} is {name_of[true]}, linked to {name_of.get(got)}")
    register = [u for u in units if u["unit_id"] in listed]
    row = {u["unit_id"]: i for i, u in enumerate(register)}
    names = sorted({(k[2], k[1]) for k in differ})
    want = {i: row[true] for i, (_, true) in enumerate(names)}
    similarity(f"seed {seed}, names only", [u["unit_name"] for u in register], [n for n, _ in names], want)
    linked, review = names_only(hedui, work, [u["unit_name"] for u in register], [n for n, _ in names])
    right = sum(want[i] == to for i, to in linked.items())
    print(f"seed {seed}, names only (no aliases, no staff): hedui right {share(right, len(names))}, precision {share(right, len(linked))}, for review {len(review - linked.keys())}")
    return len(differ), sum(v == k[1] for k, v in differ.items()), found


def fold(text):
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isalnum())


def inside(short, long):
    rest = iter(long)
    return len(short) >= 4 and all(c in rest for c in short)


def one_apart(a, b):
    return len(a) == len(b) and sum(x != y for x, y in zip(a, b)) == 1


def real(hedui, work, org):
    org = pathlib.Path(org)
    alias = [(r["label"], r["other_name"]) for r in csv.DictReader(open(org / "ror_cn_alias.tsv", encoding="utf-8"), delimiter="\t")]
    # One label an institution; where another institution bears the other name as its own, nobody could tell.
    own = {}
    for r in csv.DictReader(open(org / "ror_cn_names.tsv", encoding="utf-8"), delimiter="\t"):
        if r["kind"] == "label":
            own.setdefault(r["ror"].rsplit("/", 1)[-1], r["name"])
    own |= {r["ror"]: r["label"] for r in csv.DictReader(open(org / "ror_cn_alias.tsv", encoding="utf-8"), delimiter="\t")}
    taken = {fold(n) for n in own.values()}
    alias = [(a, b) for a, b in alias if fold(b) not in taken or fold(a) == fold(b)]
    labels = sorted(set(own.values()))
    try:
        from opencc import OpenCC
        simple = OpenCC("t2s").convert
    except ImportError:
        simple = lambda s: s
    groups = {"string": [], "alias only": []}
    for label, other in alias:
        a, b = simple(fold(label)), simple(fold(other))
        short, long = sorted((a, b), key=len)
        could = [l for l in labels if inside(b, fold(l)) or inside(fold(l), b)]
        groups["string" if a == b or (inside(short, long) and could in ([label], [])) else "alias only"].append((label, other))
    row = {n: i for i, n in enumerate(labels)}
    for group, pairs in groups.items():
        names = [b for _, b in pairs]
        want = {i: row[a] for i, (a, _) in enumerate(pairs)}
        linked, review = names_only(hedui, work, labels, names)
        right = sum(want[i] == to for i, to in linked.items())
        print(f"ROR {group}: {len(pairs)}; linked rightly {right}, wrongly {len(linked) - right}, for review {len(review - linked.keys())}, nothing said {len(pairs) - len(linked.keys() | review)}")
        for i, to in sorted(linked.items()):
            if want[i] != to:
                print(f"    {names[i]} is {pairs[i][0]}, linked to {labels[to]}")
        if group == "alias only":
            linked, review = names_only(hedui, work, labels, names, [(want[i], n) for i, n in enumerate(names)])
            right = sum(want[i] == to for i, to in linked.items())
            print(f"ROR alias only, with the table of aliases: linked rightly {right}, wrongly {len(linked) - right} of {len(pairs)}")
        similarity(f"ROR {group}", labels, names, want)
    hospitals = sorted({r["name"] for r in csv.DictReader(open(org / "wuhan2020_hospitals.tsv", encoding="utf-8"), delimiter="\t")})
    plain = {fold(h): h for h in hospitals if "(" not in h and "（" not in h}
    by_mask = collections.defaultdict(list)
    for name in plain:
        for i in range(len(name)):
            by_mask[name[:i] + "*" + name[i + 1:]].append(name)
    unknown, known, partner = set(), set(), {}
    for mask, same in sorted(by_mask.items()):
        for a, b in zip(same, same[1:]):
            if a not in unknown and b not in known:
                known.add(a); unknown.add(b); partner[b] = a
    unknown -= known
    register = sorted(plain[n] for n in plain if n not in unknown)
    names = [plain[n] for n in sorted(unknown)]
    linked, review = names_only(hedui, work, register, names)
    print(f"hospitals one character apart, one unknown: {len(names)}; wrongly linked {len(linked)}, for review {len(review - linked.keys())}")
    for i, to in sorted(linked.items())[:20]:
        print(f"    {names[i]} linked to {register[to]}")
    doubled = [(h, h.replace("（", "(").split("(")[1].rstrip(")）")) for h in hospitals if ("(" in h or "（" in h)]
    doubled = [(h, inner) for h, inner in doubled if len(inner) >= 6 and inner not in plain and any(inner.endswith(e) for e in ("医院", "中心", "卫生院", "保健院"))]
    register = sorted(hospitals)
    row = {n: i for i, n in enumerate(register)}
    names = [inner for _, inner in doubled]
    linked, review = names_only(hedui, work, register, names)
    right = sum(row[doubled[i][0]] == to for i, to in linked.items())
    print(f"hospitals by the name in brackets: {len(names)}; linked rightly {right}, wrongly {len(linked) - right}, for review {len(review - linked.keys())}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--hedui", default="target/release/hedui")
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="*", default=[9301, 9302])
    parser.add_argument("--noise", default="1")
    parser.add_argument("--org", default=None, help="folder with ror_cn_alias.tsv, ror_cn_names.tsv, wuhan2020_hospitals.tsv")
    parser.add_argument("--work", default=None)
    arguments = parser.parse_args()
    hedui = str(pathlib.Path(arguments.hedui).resolve())
    work = pathlib.Path(arguments.work or tempfile.mkdtemp(prefix="hedui-units-"))
    work.mkdir(parents=True, exist_ok=True)
    total = [0, 0, 0]
    for seed in arguments.seeds:
        total = [a + b for a, b in zip(total, generated(hedui, work, arguments.persons, seed, arguments.noise))]
    if arguments.seeds:
        print(f"all seeds, written differently: recall {share(total[1], total[0])}, precision {share(total[1], total[2])}")
    if arguments.org:
        real(hedui, work, arguments.org)


main()
