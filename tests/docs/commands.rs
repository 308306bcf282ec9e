//! The commands of a page are run, one after the other, in a folder of their own.
//!
//! A block `console` holds commands (`$ …`) and what they print, on either output.
//! `<!-- file: NAME -->` before a block says that it shows this file as it is then,
//! `<!-- part of: NAME -->` that its lines stand in the file, from its first to its last, and
//! `<!-- first lines of: NAME -->` that the file begins with them.

use crate::page::{self, Page, masked, root};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs a page in a folder that holds copies of these (the contents of what ends with `/`).
/// It has at least so many commands.
pub fn run(name: &str, copies: &[&str], commands_min: usize) {
    let mut page = Page::read(name);
    let folder = Folder::new(name, copies);
    let mut status = 0;
    let mut commands = 0;
    for block in 0..page.blocks.len() {
        let shown = &page.blocks[block];
        if shown.info == "console" {
            let mut said = String::new();
            for command in shown.text.lines().filter_map(|line| line.strip_prefix("$ ")) {
                if let Some(tool) = absent(command) {
                    println!("{name}: skipped from `{command}` on, because there is no {tool}");
                    return page.finish();
                }
                commands += 1;
                let (output, code) = folder.run(command, status);
                status = code;
                said += &format!("$ {command}\n{output}");
            }
            page.expect(block, &said);
        } else if let Some(file) = shown.remark("file") {
            let text = folder.read(file);
            page.expect(block, &text);
        } else if let Some(file) = shown.remark("first lines of") {
            let lines = shown.text.lines().count().max(1);
            let text: String = folder.read(file).split_inclusive('\n').take(lines).collect();
            page.expect(block, &text);
        } else if let Some(file) = shown.remark("part of") {
            let part = between(&folder.read(file), &shown.text);
            page.expect(block, &part);
        }
    }
    assert!(commands >= commands_min, "{name}: only {commands} commands were found");
    page.finish();
}

/// Runs the commands of the mappings' own pages, lines that begin with four spaces and `jemap`: each must
/// read its input and write something, though documents may be refused. There are at least so many.
pub fn run_mappings(commands_min: usize) {
    let folder = Folder::new("mappings", &["mappings"]);
    let mut commands = 0;
    for name in page::all().iter().filter(|name| name.starts_with("mappings/")) {
        let text = fs::read_to_string(root().join(name)).expect("the page is there");
        for command in text.lines().filter_map(|line| line.strip_prefix("    ")) {
            if command.starts_with("jemap ") {
                commands += 1;
                let (said, code) = folder.run(command, 0);
                assert!(code == 0 || code == 1, "{name}: `{command}` ends with {code}\n{said}");
                let output = command.split(" -o ").nth(1).and_then(|rest| rest.split(' ').next());
                let output = output.unwrap_or_else(|| panic!("{name}: `{command}` writes no file"));
                assert!(folder.read(output).contains("</soapenv:Envelope>"), "{name}: `{command}`\n{said}");
            }
        }
    }
    assert!(commands >= commands_min, "only {commands} commands were found");
}

/// The lines of a file from the first to the last one that is shown, moved to the margin.
fn between(file: &str, shown: &str) -> String {
    let is = |line: &str, other: Option<&str>| {
        other.is_some_and(|other| masked(line.trim()) == masked(other.trim()))
    };
    let mut out = String::new();
    let mut margin = 0;
    for line in file.lines().skip_while(|line| !is(line, shown.lines().next())) {
        if out.is_empty() {
            margin = line.len() - line.trim_start().len();
        }
        out.push_str(line.get(margin..).unwrap_or(line.trim_start()));
        out.push('\n');
        if is(line, shown.lines().last()) {
            return out;
        }
    }
    format!(
        "(not from `{}` to `{}`)\n",
        shown.lines().next().unwrap_or(""),
        shown.lines().last().unwrap_or("")
    )
}

/// A tool the command needs that is not everywhere.
fn absent(command: &str) -> Option<&str> {
    let tools = ["jq", "xmllint"];
    let mut words = command.split([' ', '|', ';', '(', ')']);
    let tool = words.find_map(|word| tools.into_iter().find(|tool| *tool == word))?;
    let found = Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    found.is_err().then_some(tool)
}

/// A folder, removed when dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind in a temporary folder harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Folder {
    fn new(name: &str, copies: &[&str]) -> Folder {
        let path = std::env::temp_dir().join(format!(
            "jemap-docs-{}-{}",
            std::process::id(),
            name.replace('/', "-")
        ));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("the temporary folder can be made");
        for copied in copies {
            let to = if copied.ends_with('/') { path.clone() } else { path.join(copied) };
            copy(&root().join(copied), &to);
        }
        Folder(path)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap_or_else(|error| format!("({name}: {error})\n"))
    }

    /// What a command prints and its exit code; `$?` is the code of the one before.
    fn run(&self, command: &str, status: i32) -> (String, i32) {
        let binaries = Path::new(env!("CARGO_BIN_EXE_jemap")).parent().expect("a binary lies in a folder");
        let mut path = binaries.as_os_str().to_owned();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let output = Command::new("sh")
            .arg("-c")
            .arg(format!("exec 2>&1; (exit {status})\n{command}"))
            .current_dir(&self.0)
            .env("PATH", path)
            .env_remove("NO_COLOR")
            .stdin(Stdio::null())
            .output()
            .expect("there is a shell");
        let text = String::from_utf8(output.stdout).expect("commands print UTF-8");
        (text, output.status.code().unwrap_or(-1))
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the temporary folder can be written");
    for entry in fs::read_dir(from).expect("the folder is there").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("the temporary folder can be written");
        }
    }
}
