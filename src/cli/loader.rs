//! Mappings, and the files they name, from the file system.

use crate::diag::{Code, near};
use crate::mapping::{Checked, Compiled, Loader, Mapping};
use crate::report::Problem;
use crate::sink::reason;
use std::fs;
use std::path::{Path, PathBuf};

/// Paths in a mapping count from the folder it stands in.
struct Folder(PathBuf);

impl Loader for Folder {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let full = self.0.join(path);
        fs::read(&full).map_err(|e| format!("{}: {}", full.display(), reason(&e)))
    }
}

/// Reads and compiles a mapping; no profiles means its own.
pub(super) fn compile(path: &Path, profiles: &[String]) -> Result<Compiled, Problem> {
    let text = text(path)?;
    Ok(Mapping::compile_for(&path.display().to_string(), &text, profiles, &folder(path)))
}

/// Reads and checks a mapping or a library.
pub(super) fn check(path: &Path, profiles: &[String]) -> Result<Checked, Problem> {
    let text = text(path)?;
    Ok(Mapping::check(&path.display().to_string(), &text, profiles, &folder(path)))
}

/// The folder a mapping stands in.
fn folder(path: &Path) -> Folder {
    Folder(path.parent().map(Path::to_path_buf).unwrap_or_default())
}

fn text(path: &Path) -> Result<String, Problem> {
    let name = path.display();
    let bytes = fs::read(path).map_err(|e| {
        let problem = Problem::new(Code::J641, format!("cannot read the mapping {name}: {}", reason(&e)));
        match neighbour(path) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem,
        }
    })?;
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let line = e.as_bytes()[..at].iter().filter(|&&b| b == b'\n').count() + 1;
        Problem::new(Code::J641, format!("the mapping {name} is not UTF-8 text: byte {at}, in line {line}"))
            .help("save it as UTF-8")
    })
}

/// A file in the same folder with a near name.
pub(super) fn neighbour(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let folder = path.parent()?;
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let names: Vec<String> = fs::read_dir(listed)
        .ok()?
        .filter_map(|e| e.ok()?.file_name().into_string().ok())
        .filter(|n| n != name)
        .collect();
    // Only the stems are compared: that both end in `.json` makes no two names alike.
    let stem = |name: &str| {
        Path::new(name).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let alike = |other: &&String| near(&stem(name), [stem(other).as_str()]).is_some();
    let near = near(name, names.iter().filter(alike).map(String::as_str))?;
    Some(folder.join(near).display().to_string())
}
