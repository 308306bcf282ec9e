//! Inputs: files, patterns and standard input, unpacked where they are packed.

use super::loader::neighbour;
use crate::diag::Code;
use crate::engine::DamagedInput;
use crate::report::Problem;
use crate::sink::reason;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Size of the buffer between the file and what unpacks it.
const BUFFER_BYTES: usize = 128 * 1024;

/// An input before it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Input {
    /// `-`
    Standard,
    /// A file.
    File(PathBuf),
}

impl Input {
    /// What messages call it.
    pub(super) fn name(&self) -> String {
        match self {
            Input::Standard => "-".into(),
            Input::File(path) => path.display().to_string(),
        }
    }

    /// Its packed size, where that is known before it is read.
    pub(super) fn bytes(&self) -> Option<u64> {
        match self {
            Input::Standard => None,
            Input::File(path) => fs::metadata(path).ok().filter(|m| m.is_file()).map(|m| m.len()),
        }
    }

    /// Opens it; `read` counts packed bytes as they are taken.
    pub(super) fn open(&self, read: &Arc<AtomicU64>) -> Result<Box<dyn Read>, Problem> {
        let raw: Box<dyn Read> = match self {
            Input::Standard => Box::new(io::stdin().lock()),
            Input::File(path) => Box::new(File::open(path).map_err(|e| not_read(path, &e))?),
        };
        unpack(Counted { inner: raw, read: Arc::clone(read) }, &self.name())
    }
}

/// What the arguments name, patterns replaced by the files they fit, in the order given; every file is there
/// and named once.
pub(super) fn expand(arguments: &[String]) -> Result<Vec<Input>, Vec<Problem>> {
    let mut inputs = vec![];
    let mut problems = vec![];
    for argument in arguments {
        match expand_one(argument, "*.json") {
            Ok(found) => inputs.extend(found),
            Err(problem) => problems.push(problem),
        }
    }
    let mut known = HashSet::new();
    for input in &inputs {
        let identity = match input {
            Input::Standard => PathBuf::from("-"),
            Input::File(path) => fs::canonicalize(path).unwrap_or_else(|_| path.clone()),
        };
        if !known.insert(identity) {
            let message =
                format!("the input {} is given twice: its documents would be written twice", input.name());
            problems.push(Problem::new(Code::J604, message));
        }
    }
    if problems.is_empty() { Ok(inputs) } else { Err(problems) }
}

/// What one argument names; `usual` is what files in a folder are usually called.
pub(super) fn expand_one(argument: &str, usual: &str) -> Result<Vec<Input>, Problem> {
    if argument == "-" {
        return Ok(vec![Input::Standard]);
    }
    let path = Path::new(argument);
    let metadata = fs::metadata(path);
    if metadata.is_err() && argument.contains(['*', '?', '[']) {
        return pattern(argument);
    }
    let metadata = metadata.map_err(|e| not_read(path, &e))?;
    if metadata.is_dir() {
        let inside = path.join(usual);
        return Err(Problem::new(Code::J602, format!("the input {argument} is a folder"))
            .help(format!("name the files in it: `{}`", inside.display())));
    }
    Ok(vec![Input::File(path.to_owned())])
}

fn pattern(argument: &str) -> Result<Vec<Input>, Problem> {
    let paths = glob::glob(argument).map_err(|e| {
        Problem::new(Code::J603, format!("the pattern `{argument}` is not understood: {}", e.msg))
    })?;
    let files: Vec<Input> = paths.filter_map(Result::ok).filter(|p| p.is_file()).map(Input::File).collect();
    if files.is_empty() {
        return Err(Problem::new(Code::J603, format!("no file fits the pattern `{argument}`")));
    }
    Ok(files)
}

fn not_read(path: &Path, error: &io::Error) -> Problem {
    let problem =
        Problem::new(Code::J601, format!("cannot read the input {}: {}", path.display(), reason(error)));
    match neighbour(path).filter(|_| error.kind() == io::ErrorKind::NotFound) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem,
    }
}

/// Counts what is read.
struct Counted {
    inner: Box<dyn Read>,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// First bytes of formats that are not JSON and would otherwise give a riddle of a message.
const PACKED: [(&[u8], &str); 5] = [
    (b"PK\x03\x04", "zip"),
    (b"\xfd7zXZ\0", "xz"),
    (b"BZh", "bzip2"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x04\x22\x4d\x18", "lz4"),
];

/// Looks at the first bytes, not at the name: names lie, and standard input has none.
fn unpack(raw: impl Read + 'static, name: &str) -> Result<Box<dyn Read>, Problem> {
    let mut reader = Peeked::new(raw);
    let head = reader.head().map_err(|e| not_read(Path::new(name), &e))?;
    if head.starts_with(&[0x1f, 0x8b]) {
        return Ok(Box::new(Damage { inner: flate2::bufread::MultiGzDecoder::new(reader), format: "gzip" }));
    }
    if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let decoder =
            zstd::stream::read::Decoder::with_buffer(reader).map_err(|e| not_read(Path::new(name), &e))?;
        return Ok(Box::new(Damage { inner: decoder, format: "zstd" }));
    }
    if let Some((_, format)) = PACKED.iter().find(|(magic, _)| head.starts_with(magic)) {
        let message = format!("the input {name} is packed with {format}; gzip and zstd are read");
        return Err(Problem::new(Code::J605, message).help("unpack it first"));
    }
    Ok(Box::new(reader))
}

/// A reader whose first bytes can be looked at before they are read.
struct Peeked<R> {
    inner: BufReader<R>,
    head: Vec<u8>,
    taken: usize,
}

impl<R: Read> Peeked<R> {
    const HEAD_BYTES: usize = 8;

    fn new(inner: R) -> Peeked<R> {
        Peeked { inner: BufReader::with_capacity(BUFFER_BYTES, inner), head: vec![], taken: 0 }
    }

    /// The first bytes; fewer at the end of a short input. A pipe may bring them one by one.
    fn head(&mut self) -> io::Result<&[u8]> {
        let inner = &mut self.inner;
        inner.take(Self::HEAD_BYTES as u64).read_to_end(&mut self.head)?;
        Ok(&self.head)
    }
}

impl<R: Read> Read for Peeked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.head.len() {
            return self.inner.read(buffer);
        }
        let count = (&self.head[self.taken..]).read(buffer)?;
        self.taken += count;
        Ok(count)
    }
}

impl<R: Read> BufRead for Peeked<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken < self.head.len() {
            return Ok(&self.head[self.taken..]);
        }
        self.inner.fill_buf()
    }
    fn consume(&mut self, amount: usize) {
        if self.taken < self.head.len() {
            self.taken += amount;
        } else {
            self.inner.consume(amount);
        }
    }
}

/// Says of a decoder's error that the packing is damaged; the decoder's own words do not.
struct Damage<R> {
    inner: R,
    format: &'static str,
}

impl<R: Read> Read for Damage<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.inner.read(buffer).map_err(|e| {
            // an error with a number of the system is of the file or the pipe
            if e.kind() == io::ErrorKind::Interrupted || e.raw_os_error().is_some() {
                return e;
            }
            let message = format!("its {} packing is damaged or cut off ({e})", self.format);
            io::Error::new(e.kind(), DamagedInput { message })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{expand, unpack};
    use std::io::{Read, Write};

    fn read(bytes: &[u8]) -> Result<String, String> {
        let mut text = String::new();
        let mut reader = unpack(std::io::Cursor::new(bytes.to_vec()), "x").map_err(|p| p.to_string())?;
        reader.read_to_string(&mut text).map_err(|e| e.to_string())?;
        Ok(text)
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn packed_inputs_are_unpacked_by_their_first_bytes() {
        assert_eq!(read(b"").unwrap(), "");
        assert_eq!(read(b"{}").unwrap(), "{}");
        assert_eq!(read(b"[1,2,3,4,5,6]").unwrap(), "[1,2,3,4,5,6]");
        assert_eq!(read(&gzip("{\"a\":1}")).unwrap(), "{\"a\":1}");
        assert_eq!(read(&[gzip("1\n"), gzip("2\n")].concat()).unwrap(), "1\n2\n");
        assert_eq!(read(&zstd::encode_all(&b"{\"a\":1}"[..], 1).unwrap()).unwrap(), "{\"a\":1}");
    }

    #[test]
    fn damaged_and_unknown_packing_is_named() {
        let whole = gzip("some text that is long enough to be cut");
        assert!(read(&whole[..whole.len() - 6]).unwrap_err().contains("gzip packing is damaged"));
        let whole = zstd::encode_all(&b"some text"[..], 1).unwrap();
        assert!(read(&whole[..whole.len() - 3]).unwrap_err().contains("zstd packing is damaged"));
        assert!(read(b"PK\x03\x04....").unwrap_err().contains("packed with zip"));
    }

    #[test]
    fn every_wrong_input_is_named_at_once() {
        let arguments = ["/", "no/such.json", "no/*.json", "-", "-"].map(String::from);
        let codes: Vec<&str> = expand(&arguments).unwrap_err().iter().map(|p| p.code.id()).collect();
        assert_eq!(codes, ["J602", "J601", "J603", "J604"]);
    }
}
