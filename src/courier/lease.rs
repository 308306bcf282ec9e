//! One sender a book: a lock of the operating system on a file beside it. It ends with the process, however
//! that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The right to send from a book, until it is dropped.
#[derive(Debug)]
pub struct Lease {
    _file: File,
}

/// Why there is no lease.
#[derive(Debug)]
pub enum NoLease {
    /// Another process has it; its number, where it can be read.
    Held(Option<u32>),
    /// The file cannot be used.
    File(PathBuf, io::Error),
}

impl Lease {
    /// Takes the lease on a book, without waiting.
    ///
    /// # Errors
    ///
    /// See [`NoLease`].
    pub fn take(book: &Path) -> Result<Lease, NoLease> {
        let mut name = book.as_os_str().to_owned();
        name.push(".lock");
        let path = PathBuf::from(name);
        let failed = |error| NoLease::File(path.clone(), error);
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Where it cannot be read, the holder stays unknown.
                let _ = Read::by_ref(&mut file).take(20).read_to_string(&mut text);
                return Err(NoLease::Held(text.trim().parse().ok()));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let write = |file: &mut File| -> io::Result<()> {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            writeln!(file, "{}", std::process::id())
        };
        write(&mut file).map_err(failed)?;
        Ok(Lease { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::{Lease, NoLease};

    #[test]
    fn one_at_a_time_and_the_other_knows_who() {
        let book = std::env::temp_dir().join(format!("jemap-lease-{}.book", std::process::id()));
        let lease = Lease::take(&book).expect("it is free");
        match Lease::take(&book) {
            Err(NoLease::Held(holder)) => assert_eq!(holder, Some(std::process::id())),
            other => panic!("{other:?}"),
        }
        drop(lease);
        drop(Lease::take(&book).expect("it is free again"));
        std::fs::remove_file(book.with_extension("book.lock")).expect("it is there");
    }
}
