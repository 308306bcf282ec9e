//! The benchmark's job in VRL: `vrl-job BATCH.json OUT.xml COST_CENTERS.csv`.
//! The mapping is job.vrl; this is what Vector does around it: it compiles the program once, makes one event of
//! each entry, and gives tables to it as a function.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::sync::{LazyLock, OnceLock};
use vrl::compiler::prelude::*;
use vrl::compiler::TargetValue;
use vrl::value::Secrets;

const START: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8"?>"#,
    "\n",
    r#"<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" "#,
    r#"xmlns:sfin="http://sap.com/xi/SAPSCORE/SFIN"><soapenv:Header/><soapenv:Body>"#,
    "<sfin:JournalEntryBulkCreateRequest><MessageHeader><ID>BATCH-2026-000042</ID>",
    "<CreationDateTime>2026-01-31T23:59:00Z</CreationDateTime></MessageHeader>\n"
);
const END: &str = "</sfin:JournalEntryBulkCreateRequest></soapenv:Body></soapenv:Envelope>\n";

static CENTERS: OnceLock<HashMap<String, Value>> = OnceLock::new();
static DEFAULT: LazyLock<Value> = LazyLock::new(|| Value::from("0000009999"));

/// `cost_center(code)`: the row of the table, or the collecting cost centre.
#[derive(Clone, Copy, Debug)]
struct CostCenter;

impl Function for CostCenter {
    fn identifier(&self) -> &'static str {
        "cost_center"
    }
    fn usage(&self) -> &'static str {
        "Looks a cost centre up."
    }
    fn category(&self) -> &'static str {
        Category::Map.as_ref()
    }
    fn return_kind(&self) -> u16 {
        kind::BYTES
    }
    fn parameters(&self) -> &'static [Parameter] {
        const PARAMETERS: &[Parameter] = &[Parameter::required("code", kind::BYTES, "Its code.")];
        PARAMETERS
    }
    fn examples(&self) -> &'static [Example] {
        &[]
    }
    fn compile(
        &self,
        _: &TypeState,
        _: &mut FunctionCompileContext,
        arguments: ArgumentList,
    ) -> Compiled {
        Ok(Lookup { code: arguments.required("code") }.as_expr())
    }
}

#[derive(Clone, Debug)]
struct Lookup {
    code: Box<dyn Expression>,
}

impl FunctionExpression for Lookup {
    fn resolve(&self, context: &mut Context) -> Resolved {
        let code = self.code.resolve(context)?;
        let code = code.try_bytes_utf8_lossy()?;
        Ok(CENTERS.get().and_then(|centers| centers.get(&*code)).unwrap_or(&DEFAULT).clone())
    }
    fn type_def(&self, _: &TypeState) -> TypeDef {
        TypeDef::bytes().infallible()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [batch, out, table] = &arguments[..] else {
        return Err("usage: vrl-job BATCH.json OUT.xml COST_CENTERS.csv".into());
    };
    let mut centers = HashMap::new();
    for row in csv::Reader::from_path(table)?.records() {
        let row = row?;
        centers.insert(row[0].to_owned(), Value::from(&row[1]));
    }
    let _ = CENTERS.set(centers);
    let mut functions = vrl::stdlib::all();
    functions.push(Box::new(CostCenter));
    let program = vrl::compiler::compile(include_str!("../job.vrl"), &functions)
        .map_err(|problems| format!("{:?}", problems.iter().map(|p| p.message()).collect::<Vec<_>>()))?
        .program;

    let data: serde_json::Value = serde_json::from_reader(BufReader::with_capacity(1 << 16, File::open(batch)?))?;
    let serde_json::Value::Object(mut data) = data else { return Err("no batch".into()) };
    let metadata = Value::Object(BTreeMap::from([(
        "batch".into(),
        Value::from(data.remove("batch").unwrap_or_default()),
    )]));
    let Some(serde_json::Value::Array(entries)) = data.remove("entries") else { return Err("no entries".into()) };

    let mut out = BufWriter::with_capacity(1 << 16, File::create(out)?);
    out.write_all(START.as_bytes())?;
    let timezone = TimeZone::default();
    let mut state = state::RuntimeState::default();
    let mut target = TargetValue { value: Value::Null, metadata, secrets: Secrets::default() };
    for entry in entries {
        target.value = Value::from(entry);
        state.clear();
        match program.resolve(&mut Context::new(&mut target, &mut state, &timezone)) {
            Ok(xml) => out.write_all(&xml.try_bytes()?)?,
            Err(ExpressionError::Abort { .. }) => {}
            Err(error) => return Err(error.to_string().into()),
        }
    }
    out.write_all(END.as_bytes())?;
    Ok(out.flush()?)
}
