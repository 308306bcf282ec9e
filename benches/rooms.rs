//! The rooms of the hot path, each alone: `cargo bench --bench rooms`.
//! Whole runs are measured by `transform`, and against other programs by `benches/compare`.

#![allow(missing_docs, reason = "criterion makes public functions without any")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jemap::data::{Buffer, Decimal, Text, Texts, Value};
use jemap::json::{Block, Framer, Frames, Limits, Mode, Reader, Schema, Step};
use jemap::{Loader, Mapping};
use std::hint::black_box;
use std::path::Path;

#[allow(dead_code, reason = "the table of the job is of no use here")]
#[path = "data/mod.rs"]
mod data;

/// Large enough that a cache does not hold it all, small enough for many rounds.
const BATCH_BYTES: u64 = 4_000_000;

fn batch(form: data::Form, wild: bool) -> Vec<u8> {
    let mut bytes = vec![];
    let recipe = data::Recipe { form, wild, seed: 42, bytes_min: BATCH_BYTES };
    data::write_batch(&recipe, &mut bytes).expect("writing to memory does not fail");
    bytes
}

/// Files of the job's folder.
struct JobFiles;

impl Loader for JobFiles {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let job = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/job");
        std::fs::read(job.join(path)).map_err(|error| error.to_string())
    }
}

/// A mapping of the job.
fn mapping(name: &str) -> Mapping {
    let text = JobFiles.read(name).expect("the job's mappings lie in benches/job");
    let text = String::from_utf8(text).expect("they are UTF-8");
    Mapping::compile(name, &text, &JobFiles).mapping.expect("the job's mappings are right")
}

/// Cuts a batch into blocks, and does something with each.
fn blocks(schema: &Schema, mode: Mode, mut bytes: &[u8], mut each: impl FnMut(&Block)) {
    let mut framer = Framer::new(schema, mode, Limits::default());
    let mut block = Block::default();
    loop {
        match framer.next(&mut block).expect("the generator writes JSON") {
            Step::End => return,
            Step::Block => each(&block),
            Step::More => {
                let space = framer.space();
                let count = bytes.len().min(space.len());
                let (now, rest) = bytes.split_at(count);
                space[..count].copy_from_slice(now);
                bytes = rest;
                framer.filled(count);
            }
        }
    }
}

/// Cutting into records; cutting and reading the fields of the job.
fn records(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("records");
    for (name, map, form, wild, mode) in [
        ("nested", "nested.map", data::Form::Nested, false, Mode::Values),
        ("pretty", "nested.map", data::Form::Pretty, false, Mode::Values),
        ("ndjson", "flat.map", data::Form::Ndjson, false, Mode::Lines),
        ("wild", "nested.map", data::Form::Nested, true, Mode::Values),
    ] {
        let (bytes, mapping) = (batch(form, wild), mapping(map));
        let schema = &mapping.plan().schema;
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(format!("frame {name}"), |bencher| {
            bencher.iter(|| {
                let mut count = 0;
                blocks(schema, mode, black_box(&bytes), |block| count += block.records.len());
                count
            });
        });
        group.bench_function(format!("read {name}"), |bencher| {
            let (mut reader, mut frames) = (Reader::new(schema), Frames::new(schema));
            bencher.iter(|| {
                blocks(schema, mode, black_box(&bytes), |block| {
                    let (text, error) = block.text();
                    assert!(error.is_none(), "the generator writes UTF-8");
                    for &record in &block.records {
                        frames.clear();
                        reader.read_unit(text, record, &mut frames).expect("the generator writes JSON");
                    }
                });
                frames.faults.len()
            });
        });
    }
    group.finish();
}

/// Looking codes up, some of which are not there.
fn table(criterion: &mut Criterion) {
    let mapping = mapping("nested.map");
    let plan = mapping.plan();
    let codes: Vec<String> = (0..1000).map(|n| format!("KST-{}", 900 + n)).collect();
    let input = codes.concat();
    let mut scratch = String::new();
    let texts = Texts { input: &input, scratch: &mut scratch, pool: &plan.pool, around: "", cuts: 0 };
    let mut group = criterion.benchmark_group("table");
    group.throughput(Throughput::Elements(codes.len() as u64));
    group.bench_function("find", |bencher| {
        bencher.iter(|| {
            let (mut at, mut found) = (0, 0);
            for code in &codes {
                let text = Text { buffer: Buffer::Input, at, len: code.len() as u32 };
                at += text.len;
                found += usize::from(plan.tables[0].find(&texts, &[Value::Text(text)]).is_some());
            }
            assert!(found > 0 && found < codes.len(), "some are there and some are not: {found}");
            found
        });
    });
    group.finish();
}

/// Strict reading of everything, nothing declared: the price of skipping.
fn json(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("json");
    for (name, form, wild) in [
        ("nested", data::Form::Nested, false),
        ("pretty", data::Form::Pretty, false),
        ("wild", data::Form::Nested, true),
    ] {
        let bytes = batch(form, wild);
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(format!("validate {name}"), |bencher| {
            bencher.iter(|| jemap::json::validate(black_box(&bytes)).expect("the generator writes JSON"));
        });
    }
    group.finish();
}

/// From the token to the sum and back to text.
fn decimals(criterion: &mut Criterion) {
    let tokens: Vec<String> = (0..1000u32)
        .map(|n| format!("{}{}.{:02}", if n % 2 == 0 { "" } else { "-" }, n * 997, n % 100))
        .collect();
    let mut group = criterion.benchmark_group("decimals");
    group.throughput(Throughput::Elements(tokens.len() as u64));
    group.bench_function("parse, add, write", |bencher| {
        let mut out = vec![];
        bencher.iter(|| {
            out.clear();
            let mut sum = Decimal::ZERO;
            for token in &tokens {
                let amount = Decimal::parse(black_box(token)).expect("these are decimals");
                sum = sum.add(amount).expect("a thousand small amounts fit");
                amount.write(&mut out);
            }
            black_box(sum)
        });
    });
    group.finish();
}

/// Texts as ledgers hold them: most need no escape.
fn escaping(criterion: &mut Criterion) {
    let texts = [
        ("plain", "Rent Office February 2026 Clearing Bank Travel"),
        ("umlauts", "Überweisung Straße Prüfung Zürich Łódź façade"),
        ("special", "Smith & Sons <intern> A & B Soll > Haben R&D"),
    ];
    let mut group = criterion.benchmark_group("escaping");
    for (name, text) in texts {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            let mut out = Vec::with_capacity(256);
            bencher.iter(|| {
                out.clear();
                jemap::xml::text(&mut out, black_box(text));
                black_box(out.len())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, json, records, table, decimals, escaping);
criterion_main!(benches);
