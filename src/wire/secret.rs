//! Secrets by reference: `env:NAME`, `file:PATH`, `cmd:PROGRAM ARGUMENTS`. The value is read when it is needed,
//! and has neither `Debug` nor `Display`.

use std::path::Path;
use std::process::{Command, Stdio};

/// The most bytes of a secret.
pub(super) const SECRET_BYTES_MAX: usize = 64 << 10;

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
        let text = match &self.0 {
            Reference::Env(name) => {
                std::env::var(name).map_err(|_| format!("{} is not set", self.place()))?
            }
            Reference::File(path) => {
                private(Path::new(path))?;
                std::fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", self.place()))?
            }
            Reference::Cmd(words) => self.ask(words)?,
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

    fn ask(&self, words: &[String]) -> Result<String, String> {
        let done = Command::new(&words[0])
            .args(&words[1..])
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|e| format!("cannot run {}: {e}", self.place()))?;
        if !done.status.success() {
            return Err(format!("{} failed: {}", self.place(), done.status));
        }
        String::from_utf8(done.stdout).map_err(|_| format!("{} did not answer in UTF-8", self.place()))
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
