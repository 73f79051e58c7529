#!/usr/bin/env python3
"""`hedui link` and Splink 5 side by side on public sets with truth: historical_50k, FEBRL 1 and 4, fake_1000.

link_sets.py HEDUI DATA [SET ...] [--no-splink]     DATA is the folder with the sets (see its README)

Needs Python 3.11+ with splink==5.0.0 duckdb==2.0.0 polars==2.1.0 pandas pyarrow. F1 is over pairs: those the link table holds
(edges), and for one table those its clusters imply; the truth is all pairs of one true cluster. Every figure is printed for
both programs at the thresholds asked, the best of Splink's thresholds being its own.
"""
import json, logging, os, resource, subprocess, sys, tempfile, time, warnings
import polars as pl

# splink.py beside this file is another bench, not the package.
sys.path[:] = [folder for folder in sys.path if os.path.realpath(folder or ".") != os.path.dirname(os.path.realpath(__file__))]

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

FEBRL = [("given_name", "name"), ("surname", "name"), ("street_number", "number"), ("address_1", "text"), ("address_2", "text"),
         ("suburb", "text"), ("postcode", "text"), ("state", "exact"), ("date_of_birth", "date"), ("soc_sec_id", "id")]
SETS = {
    "historical_50k": dict(left="splink_historical_50k.parquet", id="unique_id", compare=[
        ("full_name", "name"), ("dob", "date"), ("birth_place", "text"), ("postcode_fake", "text"), ("gender", "exact"), ("occupation", "text")]),
    "fake_1000": dict(left="splink_fake_1000.csv", id="unique_id", compare=[
        ("first_name", "name"), ("surname", "name"), ("dob", "date"), ("city", "text"), ("email", "text")]),
    "febrl1": dict(left="febrl_dataset1.csv", id="rec_id", compare=FEBRL),
    "febrl4": dict(left="febrl_dataset4a.csv", right="febrl_dataset4b.csv", id="rec_id", compare=FEBRL),
}


def scores(tp, found, true):
    p, r = tp / max(1, found), tp / max(1, true)
    return f"precision {p:.5f} recall {r:.5f} F1 {2 * tp / max(1, found + true):.5f} errors {found + true - 2 * tp}"


def read(path):
    table = pl.read_parquet(path) if path.endswith(".parquet") else pl.read_csv(path, infer_schema_length=0)
    table = table.rename({c: c.strip() for c in table.columns})
    return table.with_columns(pl.col(pl.String).str.strip_chars().replace("", None))


def truth_of(name, table):
    """row id → true cluster"""
    key = pl.col("rec_id").str.split("-").list.get(1) if name.startswith("febrl") else pl.col("cluster")
    return table.select(id=pl.col(SETS[name]["id"]).cast(pl.String), truth=key.cast(pl.String))


def pair_count(table, by):
    return int(sum(n * (n - 1) // 2 for n in table.group_by(by).len()["len"]))


def labelled(data, pairs, threshold):
    """fake_1000's own labels: the pairs in them, at the threshold."""
    labels = read(f"{data}/splink_fake_1000_labels.csv")
    want = {(min(a, b), max(a, b)): float(s) >= 0.5 for a, b, s in
            labels.select("unique_id_l", "unique_id_r", "clerical_match_score").iter_rows()}
    have = {(min(a, b), max(a, b)) for a, b, p in pairs.iter_rows() if p >= threshold}
    tp = sum(1 for k, v in want.items() if v and k in have)
    found = sum(1 for k in want if k in have)
    return scores(tp, found, sum(want.values()))


def edges(pairs, truth, total, threshold):
    kept = pairs.filter(pl.col("p") >= threshold)
    same = kept.join(truth, left_on="a", right_on="id").join(truth, left_on="b", right_on="id", suffix="_b")
    return scores(same.filter(pl.col("truth") == pl.col("truth_b")).height, kept.height, total)


def report(who, name, data, pairs, truth, total, clusters, thresholds):
    for t in thresholds:
        print(f"{name:15} {who:7} edges    threshold {t:<5} {edges(pairs, truth, total, t)}")
        if name == "fake_1000":
            print(f"{name:15} {who:7} labels   threshold {t:<5} {labelled(data, pairs, t)}")
    for t, table in clusters:
        both = table.join(truth, on="id")
        line = scores(pair_count(both, ["cluster", "truth"]), pair_count(both, "cluster"), total)
        print(f"{name:15} {who:7} clusters threshold {t:<5} {line}")
        if name == "fake_1000":
            of = dict(table.iter_rows())
            labels = read(f"{data}/splink_fake_1000_labels.csv").select("unique_id_l", "unique_id_r")
            implied = pl.DataFrame([(a, b, 1.0 if of[a] == of[b] else 0.0) for a, b in labels.iter_rows()],
                                   schema=["a", "b", "p"], orient="row")
            print(f"{name:15} {who:7} cl.label threshold {t:<5} {labelled(data, implied, 0.5)}")


def run_hedui(hedui, data, name, truth, total):
    s = SETS[name]
    with tempfile.TemporaryDirectory() as folder:
        lines = ["[left]", f"path = {json.dumps(os.path.abspath(data + '/' + s['left']))}", f"id = \"{s['id']}\""]
        if "right" in s:
            lines += ["[right]", f"path = {json.dumps(os.path.abspath(data + '/' + s['right']))}", f"id = \"{s['id']}\""]
        for column, kind in s["compare"]:
            lines += ["[[compare]]", f'column = "{column}"', f'kind = "{kind}"']
        lines += ["[output]", 'path = "links.parquet"', "threshold = 0.5"]
        lines += [] if "right" in s else ['clusters = "clusters.parquet"']
        open(f"{folder}/spec.toml", "w").write("\n".join(lines))
        start = time.time()
        subprocess.run([hedui, "--progress", "none", "link", f"{folder}/spec.toml"], check=True, stdout=subprocess.DEVNULL)
        seconds = time.time() - start
        links = pl.read_parquet(f"{folder}/links.parquet")
        pairs = links.filter(pl.col("status") == "linked").select(a="left_id", b="right_id", p="probability")
        clusters = [] if "right" in s else [(0.5, pl.read_parquet(f"{folder}/clusters.parquet").select("id", cluster="cluster_id"))]
    report("hedui", name, data, pairs, truth, total, clusters, (0.5, 0.9))
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    print(f"{name:15} hedui   {seconds:.1f} s, peak memory so far {memory:.2f} GB")


def splink_settings(name):
    import splink.comparison_library as cl
    from splink import block_on
    if name == "historical_50k":
        rules = [block_on("substr(first_name,1,3)", "substr(surname,1,4)"), block_on("surname", "dob"), block_on("first_name", "dob"),
                 block_on("postcode_fake", "first_name"), block_on("postcode_fake", "surname"), block_on("dob", "birth_place"),
                 block_on("substr(postcode_fake,1,3)", "dob"), block_on("substr(postcode_fake,1,3)", "first_name"),
                 block_on("substr(postcode_fake,1,3)", "surname"),
                 block_on("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)")]
        comparisons = [cl.ForenameSurnameComparison("first_name", "surname", forename_surname_concat_col_name="first_and_surname"),
                       cl.DateOfBirthComparison("dob", input_is_string=True), cl.LevenshteinAtThresholds("postcode_fake", [1, 2]),
                       cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
                       cl.ExactMatch("occupation").configure(term_frequency_adjustments=True)]
        prior = [block_on("first_name", "surname", "dob"), block_on("substr(first_name,1,2)", "surname", "substr(postcode_fake,1,2)"),
                 block_on("dob", "postcode_fake")]
        return rules, comparisons, prior, 0.6, [block_on("first_name", "surname"), block_on("dob")]
    if name == "fake_1000":
        rules = [block_on("first_name"), block_on("surname"), block_on("dob"), block_on("email"), block_on("city", "substr(dob,1,4)")]
        comparisons = [cl.NameComparison("first_name"), cl.NameComparison("surname"), cl.DateOfBirthComparison("dob", input_is_string=True),
                       cl.ExactMatch("city").configure(term_frequency_adjustments=True), cl.EmailComparison("email")]
        prior = [block_on("first_name", "surname", "dob"), block_on("email")]
        return rules, comparisons, prior, 0.7, [block_on("first_name", "surname"), block_on("dob")]
    rules = [block_on("given_name", "surname"), block_on("soc_sec_id"), block_on("date_of_birth"), block_on("postcode", "surname"),
             block_on("postcode", "given_name"), block_on("address_1", "suburb"), block_on("street_number", "suburb"),
             block_on("state", "address_1"), block_on("surname", "suburb"), block_on("given_name", "suburb")]
    comparisons = [cl.NameComparison("given_name"), cl.NameComparison("surname"),
                   cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
                   cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]), cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
                   cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]), cl.JaroWinklerAtThresholds("suburb", [0.9]).configure(term_frequency_adjustments=True),
                   cl.JaroWinklerAtThresholds("address_1", [0.9])]
    prior = [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")]
    return rules, comparisons, prior, 0.9, [block_on("date_of_birth"), block_on("postcode")]


def run_splink(data, name, truth, total):
    from splink import Linker, SettingsCreator
    from splink.backends.duckdb import DuckDBAPI
    s = SETS[name]
    rules, comparisons, prior, recall, training = splink_settings(name)
    start = time.time()
    db = DuckDBAPI()
    settings = SettingsCreator(link_type="link_only" if "right" in s else "dedupe_only", unique_id_column_name=s["id"],
                               blocking_rules_to_generate_predictions=rules, comparisons=comparisons)
    frames = [db.register(read(f"{data}/{s[side]}").to_pandas(), dataset_display_name=side[0]) for side in ("left", "right") if side in s]
    linker = Linker(frames if len(frames) > 1 else frames[0], settings)
    linker.training.estimate_probability_two_random_records_match(prior, recall=recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6)
    for rule in training:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    predicted = linker.inference.predict(threshold_match_probability=0.01)
    table = pl.from_pandas(predicted.as_pandas_dataframe())
    key = s["id"]
    pairs = table.select(a=pl.col(f"{key}_l").cast(pl.String), b=pl.col(f"{key}_r").cast(pl.String), p="match_probability")
    if "right" in s:
        pairs = pairs.sort("p", "a", "b", descending=[True, False, False]).unique("b", keep="first").unique("a", keep="first")
    clusters = []
    if "right" not in s:
        for t in (0.05, 0.5, 0.9, 0.95, 0.99):
            found = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_probability=t)
            table = pl.from_pandas(found.as_pandas_dataframe())
            clusters.append((t, table.select(id=pl.col(key).cast(pl.String), cluster=pl.col("cluster_id").cast(pl.String))))
    seconds = time.time() - start
    report("splink", name, data, pairs, truth, total, clusters, (0.05, 0.5, 0.9, 0.95))
    print(f"{name:15} splink  {seconds:.1f} s, peak memory so far {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


def main():
    words = [a for a in sys.argv[1:] if not a.startswith("--")]
    hedui, data, wanted = words[0], words[1], words[2:] or list(SETS)
    for name in wanted:
        left = truth_of(name, read(f"{data}/{SETS[name]['left']}"))
        if "right" in SETS[name]:
            right = truth_of(name, read(f"{data}/{SETS[name]['right']}"))
            truth, total = pl.concat([left, right]), left.join(right, on="truth").height
        else:
            truth, total = left, pair_count(left, "truth")
        run_hedui(hedui, data, name, truth, total)
        if "--no-splink" not in sys.argv:
            run_splink(data, name, truth, total)


main()
