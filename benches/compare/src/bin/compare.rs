//! Runs every program on the same data in turn, checks that their outputs agree, and prints what each cost.
//!
//! `compare [--size 100M] [--form nested|pretty|ndjson] [--wild] [--rounds 7] [--threads 1] [--markdown FILE]`
//! measures one form; `compare check [--size 5M]` only compares outputs, over all forms.
//! Both take `--jemap PATH` (the binary), `--job DIR` (the mappings) and `--work DIR` (data and outputs, kept).
//! Programs are looked for beside this one; what is not there is named in the table, not dropped.
//! It knows no JSON and no XML.

use compare::data::{self, Form, Recipe};
use compare::{Failure, RUN_ID, RUN_TIME, size};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The hand-written programs, the plainest first.
const BY_HAND: [(&str, &str); 3] = [
    ("typed", "by hand: serde_json typed structs, quick-xml writer"),
    ("borrowed", "by hand: serde_json borrowed, own byte writer"),
    ("limit", "by hand: one pass with SIMD, for this job only"),
];

struct Options {
    check: bool,
    bytes: Option<u64>,
    form: Form,
    wild: bool,
    rounds: usize,
    threads: usize,
    markdown: Option<PathBuf>,
    jemap: PathBuf,
    job: PathBuf,
    work: PathBuf,
}

impl Options {
    fn read() -> Result<Options, Failure> {
        let mut options = Options {
            check: false,
            bytes: None,
            form: Form::Nested,
            wild: false,
            rounds: 7,
            threads: 1,
            markdown: None,
            jemap: "target/release/jemap".into(),
            job: "benches/job".into(),
            work: "target/compare-data".into(),
        };
        let mut given = std::env::args().skip(1);
        while let Some(name) = given.next() {
            let mut value = || given.next().ok_or(format!("`{name}` needs a value"));
            match name.as_str() {
                "check" => options.check = true,
                "--wild" => options.wild = true,
                "--size" => options.bytes = Some(size(&value()?)?),
                "--form" => {
                    let form = value()?;
                    options.form = Form::parse(&form).ok_or(format!("no form `{form}`"))?;
                }
                "--rounds" => options.rounds = value()?.parse()?,
                "--threads" => options.threads = value()?.parse()?,
                "--markdown" => options.markdown = Some(value()?.into()),
                "--jemap" => options.jemap = value()?.into(),
                "--job" => options.job = value()?.into(),
                "--work" => options.work = value()?.into(),
                _ => return Err(format!("unknown argument `{name}`, see the head of compare.rs").into()),
            }
        }
        Ok(options)
    }
}

/// A program of the comparison and how it is called.
struct Program {
    name: String,
    what: &'static str,
    path: PathBuf,
    arguments: Vec<OsString>,
    output: PathBuf,
    log: PathBuf,
}

/// What one run cost.
#[derive(Clone, Copy)]
struct Cost {
    user: Duration,
    system: Duration,
    wall: Duration,
    peak_bytes: u64,
}

impl Cost {
    fn cpu(&self) -> Duration {
        self.user + self.system
    }
}

impl Program {
    fn run(&self) -> Result<(ExitStatus, Cost), Failure> {
        let log = File::create(&self.log)?;
        let start = Instant::now();
        let child = Command::new(&self.path)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .map_err(|error| format!("{}: {error}", self.path.display()))?;
        let mut status = 0;
        // SAFETY: all of `rusage` is integers, for which zero is a value.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: both pointers are to locals that live through the call; the child is ours and not yet waited for.
        let waited = unsafe { libc::wait4(child.id() as libc::pid_t, &mut status, 0, &mut usage) };
        if waited < 0 {
            return Err(std::io::Error::last_os_error().into());
        }
        let time = |t: libc::timeval| Duration::new(t.tv_sec as u64, t.tv_usec as u32 * 1000);
        let cost = Cost {
            user: time(usage.ru_utime),
            system: time(usage.ru_stime),
            wall: start.elapsed(),
            peak_bytes: usage.ru_maxrss as u64 * 1024,
        };
        Ok((ExitStatus::from_raw(status), cost))
    }
}

/// The programs that are there, and the names of those that are not.
fn programs(options: &Options, form: Form, input: &Path) -> Result<(Vec<Program>, Vec<String>), Failure> {
    let beside = std::env::current_exe()?.parent().ok_or("no folder of our own")?.to_owned();
    let spelling = if form == Form::Ndjson { "ndjson" } else { "nested" };
    let table = options.job.join("cost_centers.csv");
    let mut found = vec![];
    let mut missing = vec![];
    let mut add = |name: &str, what, path: PathBuf, arguments: &dyn Fn(&Path) -> Vec<OsString>| {
        if !path.exists() {
            return missing.push(name.to_owned());
        }
        let output = options.work.join(format!("{name}.xml"));
        let log = options.work.join(format!("{name}.log"));
        found.push(Program { name: name.to_owned(), what, path, arguments: arguments(&output), output, log });
    };
    for (name, what) in BY_HAND {
        add(name, what, beside.join(name), &|output| {
            vec![spelling.into(), input.into(), output.into(), table.clone().into()]
        });
    }
    let map = options.job.join(if form == Form::Ndjson { "flat.map" } else { "nested.map" });
    add("jemap", "the mapping, run by jemap", options.jemap.clone(), &|output| {
        let rejects = output.with_extension("rejects.ndjson");
        let mut arguments: Vec<OsString> = vec!["transform".into(), map.clone().into(), input.into()];
        for (flag, value) in [
            ("-o", output.into()),
            ("--rejects", rejects.into()),
            ("--threads", options.threads.to_string().into()),
            ("--run-id", RUN_ID.into()),
            ("--run-time", RUN_TIME.into()),
        ] {
            arguments.extend([flag.into(), value]);
        }
        arguments
    });
    Ok((found, missing))
}

/// The same bytes, read in blocks.
fn same_bytes(left: &Path, right: &Path) -> Result<bool, Failure> {
    let open = |path: &Path| File::open(path).map_err(|error| format!("{}: {error}", path.display()));
    let (left, right) = (open(left)?, open(right)?);
    if left.metadata()?.len() != right.metadata()?.len() {
        return Ok(false);
    }
    let (mut left, mut right) = (BufReader::new(left), BufReader::new(right));
    let (mut a, mut b) = ([0; 1 << 16], [0; 1 << 16]);
    loop {
        let count = left.read(&mut a)?;
        if count == 0 {
            return Ok(true);
        }
        right.read_exact(&mut b[..count])?;
        if a[..count] != b[..count] {
            return Ok(false);
        }
    }
}

/// The data of a recipe, made anew: it costs little, and a file left by an older generator would mislead.
fn input(options: &Options, form: Form, wild: bool, bytes_min: u64) -> Result<PathBuf, Failure> {
    let path = options.work.join(if wild { "wild.json" } else { "batch.json" });
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&path)?);
    data::write_batch(&Recipe { form, wild, seed: 42, bytes_min }, &mut out)?;
    out.flush()?;
    Ok(path)
}

/// Runs every program once and says whose output differs from the first one's; its own log tells why.
/// An exit status alone is no failure: jemap's says that documents were rejected.
fn differences(programs: &[Program]) -> Result<Vec<String>, Failure> {
    let mut different = vec![];
    for program in programs {
        fs::remove_file(&program.output).or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })?;
        let (status, _) = program.run()?;
        if !program.output.exists() || !same_bytes(&programs[0].output, &program.output)? {
            let log = fs::read_to_string(&program.log)?;
            different.push(format!("{} ({status}) differs from {}\n{log}", program.name, programs[0].name));
        }
    }
    Ok(different)
}

fn check(options: &Options) -> Result<(), Failure> {
    let bytes = options.bytes.unwrap_or(5_000_000);
    let table = options.job.join("cost_centers.csv");
    if fs::read_to_string(&table)? != data::cost_centers_csv() {
        return Err(format!("{} is stale: run `generate cost_centers {0}`", table.display()).into());
    }
    let mut different = vec![];
    let forms = [
        (Form::Nested, false),
        (Form::Nested, true),
        (Form::Pretty, false),
        (Form::Ndjson, false),
        (Form::Ndjson, true),
    ];
    for (form, wild) in forms {
        let data = input(options, form, wild, bytes)?;
        let (found, missing) = programs(options, form, &data)?;
        let names: Vec<&str> = found.iter().map(|program| program.name.as_str()).collect();
        let found_different = differences(&found)?;
        let verdict = if found_different.is_empty() { "agree" } else { "do not agree" };
        println!("{form:?}{}: {} {verdict}", if wild { ", wild" } else { "" }, names.join(", "));
        missing.iter().for_each(|name| println!("  not there: {name}"));
        different.extend(found_different);
    }
    if different.is_empty() { Ok(()) } else { Err(different.join("\n").into()) }
}

fn median<T: PartialOrd + Copy>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort_by(|a, b| a.partial_cmp(b).expect("times and ratios of times are ordered"));
    values[values.len() / 2]
}

fn measure(options: &Options) -> Result<(), Failure> {
    let bytes = options.bytes.unwrap_or(100_000_000);
    let data = input(options, options.form, options.wild, bytes)?;
    let (found, missing) = programs(options, options.form, &data)?;
    let different = differences(&found)?;
    let mut costs: Vec<Vec<Cost>> = vec![vec![]; found.len()];
    for round in 0..options.rounds {
        for (program, costs) in found.iter().zip(&mut costs) {
            costs.push(program.run()?.1);
        }
        eprint!("\rround {} of {}", round + 1, options.rounds);
    }
    eprintln!();
    let table = table(options, bytes, &found, &costs, &missing, &different);
    println!("{table}");
    if let Some(path) = &options.markdown {
        write_section(path, &title(options), &table)?;
    }
    if different.is_empty() { Ok(()) } else { Err(different.join("\n").into()) }
}

fn title(options: &Options) -> String {
    let name = Form::NAMES.iter().find(|known| known.1 == options.form).map_or("", |known| known.0);
    let wild = if options.wild { ", every record of another shape" } else { "" };
    let threads = if options.threads == 1 { String::new() } else { format!(", {} threads", options.threads) };
    format!("{name}{wild}{threads}")
}

/// Ratios are medians of the pairs of each round: two programs of one round met the same machine.
fn table(
    options: &Options,
    bytes: u64,
    programs: &[Program],
    costs: &[Vec<Cost>],
    missing: &[String],
    different: &[String],
) -> String {
    let base = programs.iter().position(|program| program.name == "jemap").unwrap_or(0);
    let mut text = format!(
        "### {}\n\n{} MB, {} rounds in turn, medians; {}.\n\n",
        title(options),
        bytes / 1_000_000,
        options.rounds,
        machine()
    );
    text.push_str(&format!(
        "| program | CPU s | of it system | wall s | peak MB | CPU against {} |\n",
        programs[base].name
    ));
    text.push_str("|---|--:|--:|--:|--:|--:|\n");
    for (program, runs) in programs.iter().zip(costs) {
        let seconds = |of: fn(&Cost) -> Duration| median(runs.iter().map(|cost| of(cost).as_secs_f64()));
        let ratio = runs
            .iter()
            .zip(&costs[base])
            .map(|(run, base)| run.cpu().as_secs_f64() / base.cpu().as_secs_f64());
        text.push_str(&format!(
            "| {} – {} | {:.3} | {:.3} | {:.3} | {:.1} | {:.2} |\n",
            program.name,
            program.what,
            seconds(Cost::cpu),
            seconds(|cost| cost.system),
            seconds(|cost| cost.wall),
            median(runs.iter().map(|cost| cost.peak_bytes)) as f64 / 1e6,
            median(ratio)
        ));
    }
    for name in missing {
        text.push_str(&format!("| {name} | not there | | | | |\n"));
    }
    let verdict =
        if different.is_empty() { "All outputs are the same bytes." } else { "**The outputs differ.**" };
    text.push_str(&format!("\n{verdict}\n"));
    text
}

/// Date, processor and its count, as far as the machine tells.
fn machine() -> String {
    let date = Command::new("date").args(["-u", "+%F"]).output();
    let date =
        date.map_or_else(|_| String::new(), |out| String::from_utf8_lossy(&out.stdout).trim().to_owned());
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu =
        cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|pair| pair.1));
    let count = std::thread::available_parallelism().map_or(0, usize::from);
    format!("{date}, {}, {count} cores", cpu.unwrap_or("unknown processor"))
}

/// Replaces the section of that title between its marks, or adds it at the end.
fn write_section(path: &Path, title: &str, section: &str) -> Result<(), Failure> {
    let (start, end) = (format!("<!-- compare: {title} -->\n"), "<!-- end of compare -->\n");
    let old = fs::read_to_string(path).unwrap_or_default();
    let section = format!("{start}{section}{end}");
    let places =
        old.find(&start).and_then(|from| old[from..].find(end).map(|to| (from, from + to + end.len())));
    let new = match places {
        Some((from, to)) => format!("{}{section}{}", &old[..from], &old[to..]),
        None => format!("{old}\n{section}"),
    };
    Ok(fs::write(path, new)?)
}

fn main() -> Result<(), Failure> {
    let options = Options::read()?;
    fs::create_dir_all(&options.work)?;
    if options.check { check(&options) } else { measure(&options) }
}
