//! Writes the benchmark's input: `generate FORM SIZE OUT [SEED] [wild]` (`-`: standard output), or
//! `generate cost_centers OUT`.
//! It only reads its arguments; the data is made by `benches/data.rs`.

use compare::{Failure, data, size};
use std::fs::{self, File};
use std::io::{BufWriter, Write};

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["cost_centers", path] => Ok(fs::write(path, data::cost_centers_csv())?),
        [form, bytes, path, ref rest @ ..] => {
            let names = data::Form::NAMES.map(|known| known.0).join(", ");
            let form = data::Form::parse(form).ok_or(format!("no form `{form}`, known: {names}"))?;
            let seed = rest.first().map_or(Ok(42), |seed| seed.parse())?;
            let wild = rest.get(1) == Some(&"wild");
            let recipe = data::Recipe { form, wild, seed, bytes_min: size(bytes)? };
            // What was made is told on standard output, unless the data itself goes there.
            let piped = path == "-";
            let file: Box<dyn Write> =
                if piped { Box::new(std::io::stdout()) } else { Box::new(File::create(path)?) };
            let mut out = BufWriter::with_capacity(1 << 20, file);
            let made = data::write_batch(&recipe, &mut out)?;
            out.flush()?;
            if piped {
                return Ok(());
            }
            let ignored = made.ignored_bytes * 1000 / made.bytes;
            println!(
                "{path}: {} bytes, {}.{} % ignored, {} documents, {} lines, at most {} a document",
                made.bytes,
                ignored / 10,
                ignored % 10,
                made.documents,
                made.lines,
                made.lines_max
            );
            Ok(())
        }
        _ => {
            Err("usage: generate nested|pretty|ndjson SIZE OUT [SEED] [wild] | generate cost_centers OUT"
                .into())
        }
    }
}
