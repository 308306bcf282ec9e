//! Secrets by reference: `env:NAME`, `file:PATH`, `cmd:PROGRAM ARGUMENTS`. The value is read when it is needed,
//! and has neither `Debug` nor `Display`.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// The most bytes of a secret.
pub(super) const SECRET_BYTES_MAX: usize = 64 << 10;
/// The longest time that a program may take to tell a secret.
const ANSWER_MAX: Duration = Duration::from_secs(30);
/// Between two looks whether a program that has spoken has ended.
const LOOK: Duration = Duration::from_millis(5);

/// Where a secret is found; not the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Reference);

#[derive(Clone, PartialEq, Eq)]
enum Reference {
    Env(String),
    File(String),
    Cmd(Vec<String>),
}

/// A secret's value. It cannot be shown; [`Shown::reveal`] is for the one place that sends it.
pub struct Shown(String);

impl Shown {
    /// The value itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Secret {
    /// From its reference.
    ///
    /// # Errors
    ///
    /// What is wrong with it, without repeating it: it may be the secret itself.
    pub fn parse(text: &str) -> Result<Secret, String> {
        let reference = match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Reference::Env(name.to_owned()),
            Some(("file", path)) if !path.is_empty() => Reference::File(path.to_owned()),
            Some(("cmd", line)) if !line.trim().is_empty() => {
                Reference::Cmd(line.split_whitespace().map(str::to_owned).collect())
            }
            _ => {
                return Err("a secret is given by reference: `env:NAME`, `file:PATH` or `cmd:PROGRAM`".into());
            }
        };
        Ok(Secret(reference))
    }

    /// Where it is found, for messages.
    pub fn place(&self) -> String {
        match &self.0 {
            Reference::Env(name) => format!("the environment variable {name}"),
            Reference::File(path) => format!("the file {path}"),
            Reference::Cmd(words) => format!("the program {}", words[0]),
        }
    }

    /// Reads it; a newline at its end is not a part of it.
    ///
    /// # Errors
    ///
    /// Why it cannot be read, without its value.
    pub fn read(&self) -> Result<Shown, String> {
        self.read_within(ANSWER_MAX)
    }

    /// The same with another time limit for a program.
    fn read_within(&self, limit: Duration) -> Result<Shown, String> {
        let text = match &self.0 {
            Reference::Env(name) => {
                std::env::var(name).map_err(|_| format!("{} is not set", self.place()))?
            }
            Reference::File(path) => {
                private(Path::new(path))?;
                std::fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", self.place()))?
            }
            Reference::Cmd(words) => self.ask(words, limit)?,
        };
        let text = text.trim_end_matches(['\n', '\r']).to_owned();
        match text.len() {
            0 => Err(format!("{} is empty", self.place())),
            n if n > SECRET_BYTES_MAX => {
                Err(format!("{} has more than {SECRET_BYTES_MAX} bytes", self.place()))
            }
            _ => Ok(Shown(text)),
        }
    }

    fn ask(&self, words: &[String], limit: Duration) -> Result<String, String> {
        let until = Instant::now() + limit;
        let mut program = Command::new(&words[0])
            .args(&words[1..])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|e| format!("cannot run {}: {e}", self.place()))?;
        let (told, said) = channel();
        if let Some(out) = program.stdout.take() {
            // what is read is bounded, and nobody waits for it beyond the limit
            std::thread::spawn(move || {
                let mut bytes = vec![];
                let read = out.take(SECRET_BYTES_MAX as u64 + 1).read_to_end(&mut bytes);
                let _ = told.send(read.map(|_| bytes));
            });
        }
        let answer = said.recv_timeout(until.saturating_duration_since(Instant::now()));
        let ended = answer.is_ok().then(|| ended(&mut program, until)).flatten();
        let (Ok(Ok(bytes)), Some(status)) = (answer, ended) else {
            // it may have ended meanwhile
            let _ = program.kill();
            let _ = program.wait();
            return Err(format!("{} did not answer within {} s", self.place(), limit.as_secs()));
        };
        if !status.success() {
            return Err(format!("{} failed: {status}", self.place()));
        }
        String::from_utf8(bytes).map_err(|_| format!("{} did not answer in UTF-8", self.place()))
    }
}

/// How a program that has said all it says ended; `None`: it did not.
fn ended(program: &mut Child, until: Instant) -> Option<ExitStatus> {
    loop {
        match program.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => std::thread::sleep(LOOK),
            _ => return None,
        }
    }
}

/// A file of secrets is for its owner alone.
#[cfg(unix)]
fn private(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    let mode =
        std::fs::metadata(path).map_err(|e| format!("cannot read the file {}: {e}", path.display()))?.mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(format!("others may read the file {}: `chmod 600` it", path.display()))
}

#[cfg(not(unix))]
fn private(_: &Path) -> Result<(), String> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Secret;
    use std::time::Duration;

    fn said(reference: &str) -> String {
        match Secret::parse(reference) {
            Err(why) => why,
            Ok(secret) => secret.read().map_or_else(|why| why, |shown| format!("read: {}", shown.reveal())),
        }
    }

    #[test]
    fn secrets_are_read_by_reference_and_never_repeated() {
        assert_eq!(said("cmd:echo canary"), "read: canary");
        assert!(said("canary-7").starts_with("a secret is given by reference"));
        assert!(!said("hunter2").contains("hunter2"));
        assert_eq!(said("cmd:false"), "the program false failed: exit status: 1");
        assert_eq!(said("env:JEMAP_NO_SUCH"), "the environment variable JEMAP_NO_SUCH is not set");
        assert_eq!(said("cmd:true"), "the program true is empty");
    }

    /// One that says nothing, one that speaks and stays, one that leaves a child with its output, one that never stops.
    #[cfg(unix)]
    #[test]
    fn a_program_that_does_not_end_is_not_waited_for() {
        let script = std::env::temp_dir().join(format!("jemap-secret-{}.sh", std::process::id()));
        for text in ["exec sleep 600", "echo canary\nexec >&-\nexec sleep 600", "sleep 3 &\necho canary"] {
            std::fs::write(&script, text).expect("the temporary folder can be written");
            let secret = Secret::parse(&format!("cmd:sh {}", script.display()));
            let secret = secret.unwrap_or_else(|why| panic!("{why}"));
            let said = secret.read_within(Duration::from_secs(1)).err().expect("it does not end");
            assert_eq!(said, "the program sh did not answer within 1 s");
        }
        std::fs::write(&script, "exec cat /dev/zero").expect("it is ours");
        let secret = Secret::parse(&format!("cmd:sh {}", script.display()));
        let secret = secret.unwrap_or_else(|why| panic!("{why}"));
        assert!(secret.read_within(Duration::from_secs(60)).is_err());
        std::fs::remove_file(script).expect("it is ours");
    }

    #[cfg(unix)]
    #[test]
    fn files_that_others_may_read_are_refused() {
        use std::os::unix::fs::PermissionsExt;
        let path = std::env::temp_dir().join(format!("jemap-secret-{}", std::process::id()));
        std::fs::write(&path, "canary\n").expect("the temporary folder can be written");
        let reference = format!("file:{}", path.display());
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).expect("it is ours");
        assert!(said(&reference).contains("chmod 600"));
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("it is ours");
        assert_eq!(said(&reference), "read: canary");
        std::fs::remove_file(path).expect("it is ours");
    }
}
