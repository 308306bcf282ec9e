//! Files that appear whole or not at all: written beside their place under another name, then renamed.
//!
//! This holds when the process is killed at any moment. It is no promise about power failures: nothing is
//! forced to the disk.

use super::SinkError;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Size of a file's write buffer. The documents of a block are more than this and go past it, without being copied.
const BUFFER_BYTES: usize = 64 * 1024;

/// Most attempts to find a free temporary name.
const NAMES_MAX: u32 = 1_000;

/// The temporary files that exist now; clones share them. Whoever ends the process by force calls
/// [`Temporaries::abandon`] first.
#[derive(Debug, Clone, Default)]
pub struct Temporaries(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    files: Vec<PathBuf>,
    abandoned: bool,
}

impl Temporaries {
    /// Removes every temporary file; none can be made or completed afterwards.
    pub fn abandon(&self) {
        let mut state = self.lock();
        state.abandoned = true;
        for path in state.files.drain(..) {
            // The process ends now: a file that cannot be removed cannot be mended here.
            let _ = fs::remove_file(path);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves at worst a path in the list whose file is gone; removing it again does no
        // harm.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file that is being written.
#[derive(Debug)]
pub(super) struct WholeFile {
    target: PathBuf,
    /// `None` when the target is no ordinary file (a device, a pipe) and is written directly.
    temporary: Option<PathBuf>,
    writer: Option<BufWriter<File>>,
    temporaries: Temporaries,
}

impl WholeFile {
    /// Begins a file that will stand at this path.
    pub(super) fn create(path: &Path, temporaries: &Temporaries) -> Result<WholeFile, SinkError> {
        // Through a link, the file it leads to is replaced, not the link.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let failed = |e: io::Error| SinkError::io(path.display().to_string(), &e);
        let existing = fs::metadata(&target).ok();
        if existing.as_ref().is_some_and(|m| !m.is_file()) {
            let file = OpenOptions::new().write(true).open(&target).map_err(failed)?;
            return Ok(WholeFile::over(target, None, file, temporaries));
        }
        let mut state = temporaries.lock();
        if state.abandoned {
            return Err(failed(io::Error::new(io::ErrorKind::Interrupted, "the run was stopped")));
        }
        let (temporary, file) = create_beside(&target).map_err(failed)?;
        state.files.push(temporary.clone());
        drop(state);
        if let Some(existing) = existing {
            file.set_permissions(existing.permissions()).map_err(failed)?;
        }
        Ok(WholeFile::over(target, Some(temporary), file, temporaries))
    }

    fn over(target: PathBuf, temporary: Option<PathBuf>, file: File, temporaries: &Temporaries) -> WholeFile {
        let writer = Some(BufWriter::with_capacity(BUFFER_BYTES, file));
        WholeFile { target, temporary, writer, temporaries: temporaries.clone() }
    }

    /// The next bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        let writer = self.writer.as_mut().expect("complete() takes the file by value");
        writer.write_all(bytes).map_err(|e| SinkError::io(self.target.display().to_string(), &e))
    }

    /// All bytes are written: the file takes its place.
    pub(super) fn complete(mut self) -> Result<(), SinkError> {
        let mut writer = self.writer.take().expect("complete() takes the file by value");
        let failed = |e: io::Error| SinkError::io(self.target.display().to_string(), &e);
        writer.flush().map_err(failed)?;
        drop(writer);
        if let Some(temporary) = &self.temporary {
            // The lock keeps `abandon` from removing the file between its last byte and its new name.
            let mut state = self.temporaries.lock();
            if state.abandoned {
                return Err(failed(io::Error::new(io::ErrorKind::Interrupted, "the run was stopped")));
            }
            fs::rename(temporary, &self.target).map_err(failed)?;
            state.files.retain(|f| f != temporary);
        }
        self.temporary = None;
        Ok(())
    }
}

impl Drop for WholeFile {
    /// What was not completed leaves nothing behind.
    fn drop(&mut self) {
        if let Some(temporary) = self.temporary.take() {
            let mut state = self.temporaries.lock();
            // A file that cannot be removed keeps its temporary name, which nobody takes for the output.
            let _ = fs::remove_file(&temporary);
            state.files.retain(|f| *f != temporary);
        }
    }
}

/// A new file `.NAME.PROCESS-N.part` in the same folder, so that renaming it is one step.
fn create_beside(target: &Path) -> io::Result<(PathBuf, File)> {
    let name = target
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "is not the name of a file"))?;
    for n in 0..NAMES_MAX {
        let mut temporary = std::ffi::OsString::from(".");
        temporary.push(name);
        temporary.push(format!(".{}-{n}.part", std::process::id()));
        let path = target.with_file_name(temporary);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "no temporary name is free beside it"))
}
