//! A folder: one file an envelope, each written whole or not at all.

use super::whole::WholeFile;
use super::{EnvelopeHead, Outcome, Outcomes, Sink, SinkError, Temporaries};
use crate::diag::Code;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Digits of an envelope's number in its file's name: names sort as the numbers do.
const NUMBER_DIGITS: usize = 6;

/// Writes `000001-<message id>.xml`, `000002-….xml` and so on; the same run gives the same names.
#[derive(Debug)]
pub struct DirectorySink {
    folder: PathBuf,
    extension: &'static str,
    temporaries: Temporaries,
    open: Option<WholeFile>,
    /// Envelopes of an earlier run that this one has not replaced yet.
    earlier: BTreeSet<PathBuf>,
}

impl DirectorySink {
    /// Into this folder, which is made when it is missing. Envelopes of an earlier run are refused, or with
    /// `replace` removed
    /// when this run is finished: old and new ones side by side would be posted together.
    pub fn create(
        folder: &Path,
        extension: &'static str,
        replace: bool,
        temporaries: &Temporaries,
    ) -> Result<DirectorySink, SinkError> {
        let failed = |e| SinkError::io(folder.display().to_string(), &e);
        fs::create_dir_all(folder).map_err(failed)?;
        let mut earlier = BTreeSet::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if is_envelope(&path) {
                earlier.insert(path);
            }
        }
        if !replace && !earlier.is_empty() {
            let message = match earlier.len() {
                1 => "it already holds an envelope".to_owned(),
                n => format!("it already holds {n} envelopes"),
            };
            let help = Some("take another folder, or `--force` to replace them");
            let to = folder.display().to_string();
            return Err(SinkError::Output { code: Code::J612, to, message, help });
        }
        let temporaries = temporaries.clone();
        Ok(DirectorySink { folder: folder.to_owned(), extension, temporaries, open: None, earlier })
    }
}

/// Whether a file's name is one that this sink gives.
fn is_envelope(path: &Path) -> bool {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
    let number = name.split('-').next().unwrap_or("");
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    number.len() >= NUMBER_DIGITS
        && number.len() < name.len()
        && number.bytes().all(|b| b.is_ascii_digit())
        && matches!(extension, "xml" | "ndjson")
}

/// The file's name; characters of the id that some file system refuses become `_`.
fn file_name(envelope: &EnvelopeHead<'_>, extension: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let id: String = envelope.id.chars().map(safe).collect();
    format!("{:0NUMBER_DIGITS$}-{id}.{extension}", envelope.number)
}

impl Sink for DirectorySink {
    fn open(&mut self, envelope: &EnvelopeHead<'_>) -> Result<(), SinkError> {
        let path = self.folder.join(file_name(envelope, self.extension));
        self.earlier.remove(&path);
        self.open = Some(WholeFile::create(&path, &self.temporaries)?);
        Ok(())
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        self.open.as_mut().expect("bytes come between open() and close()").write(bytes)
    }
    fn close(&mut self) -> Result<Outcomes, SinkError> {
        self.open.take().expect("close() comes after open()").complete()?;
        Ok(Outcomes::All(Outcome::Accepted))
    }
    fn finish(&mut self) -> Result<(), SinkError> {
        for path in std::mem::take(&mut self.earlier) {
            fs::remove_file(&path).map_err(|e| SinkError::io(path.display().to_string(), &e))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{EnvelopeHead, file_name, is_envelope};
    use std::path::Path;

    #[test]
    fn names_are_safe_and_recognised() {
        let name = file_name(&EnvelopeHead { number: 7, id: "JM/1:ü", uuid: "" }, "xml");
        assert_eq!(name, "000007-JM_1__.xml");
        assert!(is_envelope(Path::new(&name)));
        for other in ["notes.xml", "000007.xml", "12-a.xml", "000001-a.txt", ".000001-a.xml.1-0.part"] {
            assert!(!is_envelope(Path::new(other)), "{other}");
        }
    }
}
