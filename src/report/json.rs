//! The account of a run as JSON. Sums are strings: they are exact and stay so.

use super::{Count, Fates, RejectGroup, RunReport, Sides};
use serde_json::{Value, json};

impl RunReport {
    /// As one JSON object; the names are those of the fields.
    pub fn to_json(&self) -> Value {
        json!({
            "mapping": self.mapping,
            "version": self.version,
            "target": self.target,
            "run_id": self.run_id,
            "run_time": self.run_time,
            "inputs": list(&self.inputs, |i| json!({"name": i.name, "bytes": i.bytes, "records": i.records})),
            "counts": fates(&self.counts, count),
            "sums": list(&self.sums, |s| {
                json!({"currency": s.currency, "company": s.company, "fates": fates(&s.fates, sides)})
            }),
            "drops": list(&self.drops, |d| json!({"reason": d.reason, "count": count(&d.count)})),
            "rejects": list(&self.rejects, group),
            "cuts": list(&self.cuts, |c| json!({"element": c.element, "count": c.count})),
            "fields": list(&self.fields, |f| json!({"name": f.name, "seen": f.seen, "of": f.of})),
            "numbers_refused": self.numbers_refused,
            "unknown_keys": self.unknown_keys,
            "unknown_names": list(&self.unknown_names, |k| json!({"name": k.name, "count": k.count})),
            "misses": list(&self.misses, |m| json!({"table": m.table, "key": m.key, "count": m.count})),
            "outcomes": outcomes(self.outcomes),
            "envelopes": self.envelopes,
            "bytes": self.bytes,
            "ended_early": self.ended_early,
            "elapsed_ms": u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX),
        })
    }
}

fn outcomes([accepted, deferred, rejected, unknown]: [u64; 4]) -> Value {
    json!({"accepted": accepted, "deferred": deferred, "rejected": rejected, "unknown": unknown})
}

fn list<T>(items: &[T], value: impl Fn(&T) -> Value) -> Value {
    Value::Array(items.iter().map(value).collect())
}

fn group(group: &RejectGroup) -> Value {
    let first = &group.first;
    json!({
        "code": group.code.id(),
        "name": group.code.name(),
        "message": group.message,
        "count": count(&group.count),
        "rule": group.rule.as_ref().map(|(file, line, column)| json!({"file": file, "line": line, "column": column})),
        "first": {"file": first.file, "line": first.line, "column": first.column, "byte": first.byte},
    })
}

fn fates<T>(fates: &Fates<T>, value: impl Fn(&T) -> Value) -> Value {
    json!({
        "read": value(&fates.read), "written": value(&fates.written),
        "rejected": value(&fates.rejected), "dropped": value(&fates.dropped),
    })
}

fn count(count: &Count) -> Value {
    json!({"documents": count.documents, "lines": count.lines})
}

fn sides(sides: &Sides) -> Value {
    json!({"debit": sides.debit.to_string(), "credit": sides.credit.to_string()})
}
