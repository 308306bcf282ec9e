//! The rooms of the hot path, each alone: `cargo bench --bench rooms`.
//! Whole runs are measured by `transform`, and against other programs by `benches/compare`.

#![allow(missing_docs, reason = "criterion makes public functions without any")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jemap::data::Decimal;
use std::hint::black_box;

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

criterion_group!(benches, json, decimals, escaping);
criterion_main!(benches);
