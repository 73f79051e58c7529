//! Kernels, and the scoring of candidate pairs, in calls and pairs per second of one core.
//!
//!     cargo bench --bench kernels
//!     HEDUI_OFFICE=folder cargo bench --bench kernels -- pairs     another workspace than this one's sample_data

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use hedui::extract::Limits;
use hedui::kernel::secret::Secret;
use hedui::kernel::{dates, money, org_name, person_name, resident_id};
use hedui::pipeline::{RunOptions, config, inspect, memory};
use hedui::resolve::{Judgements, ResolveContext, probe};

fn kernels(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("kernels");
    group.throughput(Throughput::Elements(1)).measurement_time(Duration::from_secs(3));
    let id = "410902199003071238";
    group.bench_function("resident ID, read", |b| b.iter(|| resident_id::read(black_box(id))));
    let (sound, typo) = (resident_id::read(id), resident_id::read("410902199003071338"));
    group.bench_function("resident IDs, compared", |b| b.iter(|| resident_id::compare(black_box(&sound), &typo)));
    group.bench_function("date, ISO", |b| b.iter(|| dates::read_date(black_box("1990-03-07"), 2026)));
    group.bench_function("date, Chinese", |b| b.iter(|| dates::read_date(black_box("一九九〇年三月"), 2026)));
    group.bench_function("money", |b| b.iter(|| money::read_money(black_box("12,345.60"), 1)));
    group.bench_function("person name, normalised", |b| b.iter(|| person_name::normalise(black_box("張 伟"))));
    group.bench_function("person names, compared", |b| b.iter(|| person_name::compare(black_box("王小明"), "王晓明")));
    let (long, short) = ("濮阳市华龙区第一中学", "华龙区一中");
    group.bench_function("unit name, parsed", |b| b.iter(|| org_name::parse(black_box(long))));
    let (long, short) = (org_name::parse(long), org_name::parse(short));
    group.bench_function("unit names, compared", |b| b.iter(|| org_name::compare(black_box(&long), &short)));
    group.finish();
}

/// Every comparison of a pair, its weights and its sum: what a pair costs once blocking has brought it.
fn pairs(criterion: &mut Criterion) {
    let office =
        std::env::var_os("HEDUI_OFFICE").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    let (config, _) = config::load(&office.join("pipelines/monthly.toml")).expect("a pipeline");
    let period = dates::Month::parse("2026-10").expect("a month");
    let options = RunOptions {
        out: None,
        dry_run: true,
        full: true,
        accept_volume: None,
        memory: memory::DEFAULT,
        program: PathBuf::from(env!("CARGO_BIN_EXE_hedui")),
        failpoint: None,
        limits: Limits::default(),
    };
    let tables = inspect::tables(&config, period, &options).expect("extracts");
    let context = ResolveContext {
        period,
        secret: Secret::new(b"bench"),
        thresholds: config.thresholds,
        judgements: Judgements::default(),
    };
    let mut group = criterion.benchmark_group("pairs");
    group.sample_size(20).measurement_time(Duration::from_secs(5));
    for table in ["payroll", "hr_staff"] {
        let weighed = probe::with_pairs(&tables, &context, table, &mut |weigh| {
            let count = weigh();
            group.throughput(Throughput::Elements(count as u64));
            group.bench_function(table, |b| b.iter(weigh));
        });
        weighed.expect("a table of persons");
    }
    group.finish();
}

criterion::criterion_group!(benches, kernels, pairs);
criterion::criterion_main!(benches);
