//! One file, written whole or not at all.

use super::whole::WholeFile;
use super::{EnvelopeHead, Outcome, Outcomes, Sink, SinkError, Temporaries};
use std::path::Path;

/// All envelopes into one file, which appears when the run is finished. A file that is there already is
/// replaced in one step.
#[derive(Debug)]
pub struct FileSink {
    file: Option<WholeFile>,
}

impl FileSink {
    /// Begins the file, so that a path that cannot be written is known before any work is done.
    pub fn create(path: &Path, temporaries: &Temporaries) -> Result<FileSink, SinkError> {
        Ok(FileSink { file: Some(WholeFile::create(path, temporaries)?) })
    }
}

impl Sink for FileSink {
    fn open(&mut self, _: &EnvelopeHead<'_>) -> Result<(), SinkError> {
        Ok(())
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), SinkError> {
        self.file.as_mut().expect("finish() is the last call").write(bytes)
    }
    fn close(&mut self) -> Result<Outcomes, SinkError> {
        Ok(Outcomes::All(Outcome::Accepted))
    }
    fn finish(&mut self) -> Result<(), SinkError> {
        self.file.take().expect("finish() is called once").complete()
    }
}

#[cfg(test)]
mod tests {
    use super::{FileSink, Sink, Temporaries};
    use crate::sink::{DirectorySink, EnvelopeHead, SinkError};
    use std::fs;
    use std::path::{Path, PathBuf};

    /// A folder of its own for each test; cargo gives one that is emptied with the build.
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("jemap-sink-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("the temporary folder can be written");
        folder
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .expect("it is there")
            .map(|e| e.expect("it can be listed").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = folder("file");
        let path = folder.join("out.xml");
        let temporaries = Temporaries::default();
        let mut sink = FileSink::create(&path, &temporaries).expect("the folder is there");
        sink.write(b"<a>").expect("there is room");
        assert!(!path.exists());
        drop(sink);
        assert_eq!(names(&folder), Vec::<String>::new());

        let mut sink = FileSink::create(&path, &temporaries).expect("the folder is there");
        sink.write(b"<a/>\n").expect("there is room");
        sink.close().expect("there is room");
        sink.finish().expect("there is room");
        assert_eq!(fs::read(&path).expect("it is there"), b"<a/>\n");
        assert_eq!(names(&folder), ["out.xml"]);
        fs::remove_dir_all(folder).expect("it is ours");
    }

    #[test]
    fn an_abandoned_run_leaves_the_old_file() {
        let folder = folder("abandoned");
        let path = folder.join("out.xml");
        fs::write(&path, "old").expect("there is room");
        let temporaries = Temporaries::default();
        let mut sink = FileSink::create(&path, &temporaries).expect("the folder is there");
        sink.write(b"new").expect("there is room");
        assert_eq!(names(&folder).len(), 2);
        temporaries.abandon();
        assert_eq!(names(&folder), ["out.xml"]);
        assert!(matches!(sink.finish(), Err(SinkError::Output { .. })));
        assert!(FileSink::create(&path, &temporaries).is_err());
        assert_eq!(fs::read(&path).expect("it is there"), b"old");
        fs::remove_dir_all(folder).expect("it is ours");
    }

    #[test]
    fn a_folder_never_mixes_two_runs() {
        let folder = folder("folder");
        let temporaries = Temporaries::default();
        let run = |ids: &[&str], replace: bool| -> Result<(), SinkError> {
            let mut sink = DirectorySink::create(&folder.join("out"), "xml", replace, &temporaries)?;
            for (number, id) in (1..).zip(ids) {
                sink.open(&EnvelopeHead { number, id, uuid: "" })?;
                sink.write(id.as_bytes())?;
                sink.close()?;
            }
            sink.finish()
        };
        run(&["a", "b", "c"], false).expect("the folder is new");
        assert!(
            matches!(run(&["d"], false), Err(SinkError::Output { message, .. }) if message.contains("3 envelopes"))
        );
        run(&["a", "d"], true).expect("it may replace them");
        assert_eq!(names(&folder.join("out")), ["000001-a.xml", "000002-d.xml"]);
        fs::remove_dir_all(folder).expect("it is ours");
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_written_and_kept() {
        let mut sink =
            FileSink::create(Path::new("/dev/null"), &Temporaries::default()).expect("it takes everything");
        sink.write(b"x").expect("it takes everything");
        sink.finish().expect("it takes everything");
        assert!(!fs::metadata("/dev/null").expect("it is there").is_file());
        assert!(FileSink::create(Path::new("/no/such/folder/out.xml"), &Temporaries::default()).is_err());
    }
}
