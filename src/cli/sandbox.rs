//! `jemap sandbox`: both services on loopback.

use super::args::{DocumentOfNone, Sandbox as Command};
use super::{Exit, Screen};
use crate::contract::builtin;
use crate::diag::Code;
use crate::report::Problem;
use crate::sandbox::{
    Confirm, Fault, Flaw, NoDocument, Refusal, Sandbox, Setup, certificates, duration, rules,
};
use crate::sink::reason;
use serde_json::json;
use std::fs;
use std::path::Path;

/// The contract that is played.
const CONTRACT: &str = "s4.journal_entry";

pub(super) fn sandbox(command: &Command, screen: &Screen) -> Exit {
    if command.print_rules {
        return screen.print(&rules());
    }
    match open(command) {
        Ok((sandbox, scheme)) => {
            let base = format!("{scheme}://{}", sandbox.address());
            let [sync, later, lookup] = sandbox.paths().map(|path| format!("{base}{path}"));
            if let Some(path) = &command.config_out
                && let Err(problem) = write_configuration(path, command, [&sync, &later, &lookup])
            {
                screen.problem(&problem);
                return Exit::Wrong;
            }
            let text = if command.json {
                format!("{}\n", json!({"address": base, "sync": sync, "async": later, "lookup": lookup}))
            } else {
                format!("sync    {sync}\nasync   {later}\nlookup  {lookup}\n")
            };
            let exit = screen.print(&text);
            let stop = sandbox.stop();
            super::stop::on_each(move |_| stop.stop());
            sandbox.serve();
            exit
        }
        Err(problem) => {
            screen.problem(&problem);
            Exit::Wrong
        }
    }
}

fn open(command: &Command) -> Result<(Sandbox, &'static str), Problem> {
    let address = command.listen;
    if !address.ip().is_loopback() {
        return Err(Problem::new(Code::J761, format!("{address} is not a loopback address"))
            .help("listen at `127.0.0.1:0`"));
    }
    let contract = builtin(CONTRACT, &command.profile).ok_or_else(|| {
        Problem::new(Code::J651, format!("{CONTRACT} has no profile `{}`", command.profile))
    })?;
    let wrong = |why: String| Problem::new(Code::J762, why);
    let read = |path: &Path| {
        fs::read_to_string(path)
            .map_err(|e| Problem::new(Code::J601, format!("{}: {}", path.display(), reason(&e))))
    };
    let mut setup = Setup {
        login: command.basic.as_deref().map(login).transpose()?,
        strict: command.strict,
        idempotent: command.idempotent,
        rules: command.rules.as_deref().map(read).transpose()?,
        ledger: command.ledger.clone(),
        no_document: match command.no_document {
            DocumentOfNone::Zeros => NoDocument::Zeros,
            DocumentOfNone::Blank => NoDocument::Blank,
            DocumentOfNone::Spaces => NoDocument::Spaces,
        },
        ..Setup::default()
    };
    let faults = command.fault.iter().map(|text| Fault::read(text));
    setup.faults = faults.collect::<Result<_, _>>().map_err(wrong)?;
    setup.confirm = command.confirm.as_deref().map(Confirm::read).transpose().map_err(wrong)?;
    setup.remember = command.remember.as_deref().map(duration).transpose().map_err(wrong)?;
    let scheme = if command.tls { "https" } else { "http" };
    if command.tls {
        secure(command, &mut setup)?;
    }
    let sandbox = Sandbox::open(address, contract, setup).map_err(|refusal| match refusal {
        Refusal::Rules(why) => {
            let file = command.rules.as_deref().map_or(String::new(), |p| format!("{}: ", p.display()));
            Problem::new(Code::J762, file + &why)
        }
        Refusal::Ledger(error) => Problem::new(Code::J611, format!("the ledger: {}", reason(&error))),
        Refusal::Address(error) => Problem::new(Code::J761, format!("{address}: {}", reason(&error)))
            .help("take any free port with `--listen 127.0.0.1:0`"),
    })?;
    Ok((sandbox, scheme))
}

/// How a configuration begins that may be written anew.
const OWN: &str = "# made by `jemap sandbox`, anew at each start\n";

/// Writes a configuration with a destination of each mode, unless somebody else's stands there.
fn write_configuration(
    path: &Path,
    command: &Command,
    [sync, later, lookup]: [&String; 3],
) -> Result<(), Problem> {
    let failed = |e: &std::io::Error| Problem::new(Code::J611, format!("{}: {}", path.display(), reason(e)));
    match fs::read(path) {
        Ok(text) if !text.starts_with(OWN.as_bytes()) => {
            let message = format!("{} is there, and was not made by `jemap sandbox`", path.display());
            return Err(Problem::new(Code::J611, message).help("name another file by `--config-out`"));
        }
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(&error)),
    }
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    // A text of JSON is one of TOML, too.
    let quoted = |path: &Path| json!(absolute(path).display().to_string()).to_string();
    let mut access = String::new();
    if command.tls {
        access += &format!("ca = {}\n", quoted(&command.ca));
    }
    if let Some(certificate) = &command.client_certificate {
        let key = format!("file:{}", absolute(certificate).display());
        access += &format!("certificate = {}\ncertificate_key = {}\n", quoted(certificate), json!(key));
    }
    if let Some((user, password)) = command.basic.as_deref().and_then(|text| text.split_once(':')) {
        let password = match password.strip_prefix("file:") {
            Some(file) => format!("file:{}", absolute(Path::new(file)).display()),
            None => password.to_owned(),
        };
        access += &format!("user = {}\npassword = {}\n", json!(user), json!(password));
    }
    let mut text = OWN.to_owned();
    let idem = command.idempotent.then_some(("sync-idem", sync));
    for (mode, url) in [("async", later), ("sync-none", sync), ("sync-lookup", sync)].into_iter().chain(idem)
    {
        text += &format!("\n[destination.{mode}]\nmode = \"{mode}\"\nurl = \"{url}\"\n{access}");
        if mode == "sync-lookup" {
            text +=
                &format!("lookup_url = \"{lookup}?$filter=DocumentReferenceID%20eq%20'{{reference}}'\"\n");
            text += "settle = \"10s\"\n";
        }
    }
    fs::write(path, text).map_err(|error| failed(&error))
}

/// Makes certificates and writes what clients need of them.
fn secure(command: &Command, setup: &mut Setup) -> Result<(), Problem> {
    let flaw = if command.expired {
        Flaw::Expired
    } else if command.other_host {
        Flaw::OtherHost
    } else {
        Flaw::None
    };
    let made = certificates(flaw, command.client_certificate.is_some())
        .map_err(|why| Problem::new(Code::J611, format!("the certificate: {why}")))?;
    let write = |path: &Path, text: &str| {
        fs::write(path, text)
            .map_err(|e| Problem::new(Code::J611, format!("{}: {}", path.display(), reason(&e))))
    };
    write(&command.ca, &made.authority)?;
    if let (Some(path), Some(client)) = (&command.client_certificate, &made.client) {
        write(path, "")?;
        for_its_owner(path)
            .map_err(|e| Problem::new(Code::J611, format!("{}: {}", path.display(), reason(&e))))?;
        write(path, client)?;
    }
    setup.tls = Some(made.tls);
    Ok(())
}

/// A file with a key, which clients take only when nobody else may read it.
#[cfg(unix)]
fn for_its_owner(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn for_its_owner(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// `USER:env:NAME` or `USER:file:PATH`; a password never stands on a command line.
fn login(text: &str) -> Result<(String, String), Problem> {
    let wrong = || {
        Problem::new(Code::J652, "--basic is written `USER:env:NAME` or `USER:file:PATH`")
            .help("put the password into an environment variable: `--basic me:env:SANDBOX_PASSWORD`")
    };
    let mut parts = text.splitn(3, ':');
    let (Some(user), Some(kind), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(wrong());
    };
    let password = match kind {
        "env" => std::env::var(name)
            .map_err(|_| Problem::new(Code::J652, format!("--basic: there is no variable `{name}`")))?,
        "file" => {
            let text = fs::read_to_string(name);
            let text = text.map_err(|e| Problem::new(Code::J601, format!("{name}: {}", reason(&e))))?;
            text.trim_end_matches(['\r', '\n']).to_owned()
        }
        _ => return Err(wrong()),
    };
    Ok((user.to_owned(), password))
}
