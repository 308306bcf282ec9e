//! Mappings in, what is said about them out.

mod good;
mod limits;
mod show;
mod wrong;

use super::{Loader, Model, check};
use crate::diag::{Reports, Sources};
use crate::syntax::parse;

/// Files in memory.
struct Files(&'static [(&'static str, &'static str)]);

impl Loader for Files {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let found = self.0.iter().find(|f| f.0 == path);
        found.map(|f| f.1.as_bytes().to_vec()).ok_or_else(|| "there is no such file".to_owned())
    }
}

const FILES: Files = Files(&[
    ("gl.csv", "account,sap,kind\n1000,100000,gl\n2000,D1,debtor\n3000,C1,creditor\n"),
    ("accounts.csv", "account,sap\n4000,400000\n"),
    ("payers.csv", "payer,clearing\nCBCP,191000\nCOMP,192000\nEMPL,193000\n"),
    (
        "lib.map",
        "fn double(n: decimal) = n * 2\ntable units = csv(\"units.csv\") { unit: text key, factor: decimal }\n",
    ),
    ("units.csv", "unit,factor\nh,1\n"),
    ("bad.map", "map other\nfn f(a: text) = a\n"),
]);

/// A mapping and all that is said of it.
fn compile(text: &str) -> (Option<Model>, Reports) {
    let mut sources = Sources::default();
    let id = sources.add("m.map", text);
    let (file, mut list) = parse(text, id);
    let (model, said) = check(&file, &mut sources, &FILES);
    // A tree with holes is no mapping, whatever is said of the rest.
    let model = model.filter(|_| list.is_empty());
    list.extend(said);
    (model, Reports { sources, list })
}
