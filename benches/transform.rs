//! Whole runs through the library, from bytes in memory to bytes in memory: `cargo bench --bench transform`.
//! The job is that of `benches/job`; `benches/compare` measures the same as a process beside other programs.

#![allow(missing_docs, reason = "criterion makes public functions without any")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jemap::sink::WriteSink;
use jemap::{Loader, Mapping, RunOptions};
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

#[allow(dead_code, reason = "the table of the job is read from its file")]
#[path = "data/mod.rs"]
mod data;

const BATCH_BYTES: u64 = 10_000_000;

/// Files of the job's folder.
struct JobFiles;

impl Loader for JobFiles {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(job().join(path)).map_err(|error| error.to_string())
    }
}

fn job() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/job")
}

fn mapping(name: &str) -> (String, Mapping) {
    let text = std::fs::read_to_string(job().join(name)).expect("the job's mappings lie in benches/job");
    let compiled = Mapping::compile(name, &text, &JobFiles);
    (
        text,
        compiled
            .mapping
            .unwrap_or_else(|| panic!("{name} does not compile: run `jemap check benches/job/*.map`")),
    )
}

fn transform(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("transform");
    group.sample_size(20).measurement_time(Duration::from_secs(8));
    for (name, map, form, wild) in [
        ("nested", "nested.map", data::Form::Nested, false),
        ("pretty", "nested.map", data::Form::Pretty, false),
        ("nested, wild", "nested.map", data::Form::Nested, true),
        ("ndjson", "flat.map", data::Form::Ndjson, false),
        ("ndjson, wild", "flat.map", data::Form::Ndjson, true),
    ] {
        let (_, mapping) = mapping(map);
        let mut bytes = vec![];
        let recipe = data::Recipe { form, wild, seed: 42, bytes_min: BATCH_BYTES };
        data::write_batch(&recipe, &mut bytes).expect("writing to memory does not fail");
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |bencher| {
            let mut out = Vec::with_capacity(bytes.len() * 2);
            bencher.iter(|| {
                out.clear();
                let sink = WriteSink::new(&mut out, "memory");
                let options = RunOptions { run_id: "BENCH".into(), ..RunOptions::default() };
                let mut run =
                    mapping.start(&options, Box::new(sink)).expect("the job's parameters have defaults");
                run.read(name, &mut black_box(&bytes[..])).expect("the generator writes JSON");
                black_box(run.finish().expect("memory does not fail"))
            });
        });
    }
    group.finish();
}

/// From the text of a mapping to what runs, its table read too.
fn compile(criterion: &mut Criterion) {
    let (text, _) = mapping("nested.map");
    criterion.bench_function("compile nested.map", |bencher| {
        bencher.iter(|| Mapping::compile("nested.map", black_box(&text), &JobFiles));
    });
}

/// The same of a mapping of about a thousand lines; `benches/big_map.sh` writes the like for whole processes.
fn compile_big(criterion: &mut Criterion) {
    let (fields, functions, rejects): (Vec<_>, Vec<_>, Vec<_>) = (1..=327)
        .map(|n| {
            (
                format!("  field_{n}: text(1..40)? at dims.group_{}.field_{n}\n", n % 20),
                format!("fn f_{n}(t: text) -> text = t | trim | cut({})\n", n % 40 + 1),
                format!("  reject \"test {n}\" when f_{n}(field_{n} or \"-\") == \"test\"\n"),
            )
        })
        .collect();
    let text = format!(
        "map big version 1\ntarget s4.journal_entry profile 2024\nsource json record {{\n  \
         id: text(1..16), day: date, ccy: currency, amount: money(ccy)\n{}}}\n{}\
         document from record key id {{\n  OriginalReferenceDocumentType = \"BKPFF\"\n  \
         BusinessTransactionType = \"RFBU\"\n  AccountingDocumentType = \"SA\"\n  DocumentReferenceID = id\n  \
         CreatedByUser = \"BENCH\"\n  CompanyCode = \"1010\"\n  DocumentDate = day\n  PostingDate = day\n{}  \
         Item {{ GLAccount = \"1\"; AmountInTransactionCurrency = amount }}\n  \
         Item {{ GLAccount = \"2\"; AmountInTransactionCurrency = -amount }}\n}}\n",
        fields.concat(),
        functions.concat(),
        rejects.concat()
    );
    let compiled = Mapping::compile("big.map", &text, &JobFiles);
    assert!(compiled.mapping.is_some(), "{}", compiled.reports);
    criterion.bench_function("compile 1,000 lines", |bencher| {
        bencher.iter(|| Mapping::compile("big.map", black_box(&text), &JobFiles));
    });
}

criterion_group!(benches, transform, compile, compile_big);
criterion_main!(benches);
