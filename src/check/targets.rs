//! `target …` → the contracts that must hold.

use super::Loader;
use crate::contract::{Contract, builtin, builtin_names, builtin_profiles, read_wsdl, read_xsd};
use crate::diag::{Code, Label, Report, Sources, Span, near};
use crate::syntax::tree::{Ident, Str, Target};

/// The contracts a mapping must satisfy; the first is written. `profiles` replace the mapping's own.
pub(super) fn contracts(
    target: &Target,
    profiles: &[String],
    loader: &dyn Loader,
    sources: &mut Sources,
    reports: &mut Vec<Report>,
) -> Vec<Contract> {
    match target {
        Target::BuiltIn { name, profiles: own, span } => {
            let wanted: Vec<Ident> = match profiles.is_empty() {
                true => own.clone(),
                false => profiles.iter().map(|p| Ident { name: p.clone(), span: *span }).collect(),
            };
            built_in(name, &wanted, *span, reports)
        }
        Target::Wsdl { file, operation, .. } => {
            let asked = operation.as_ref().map(|o| (o, Code::J304));
            let operation = operation.as_ref().map(|o| o.text.as_str());
            let read = |text: &str| read_wsdl(text, operation);
            from_file(file, asked, loader, sources, reports, read).into_iter().collect()
        }
        Target::Xsd { file, root, .. } => {
            let read = |text: &str| read_xsd(text, &root.text);
            from_file(file, Some((root, Code::J305)), loader, sources, reports, read).into_iter().collect()
        }
    }
}

fn built_in(name: &Ident, wanted: &[Ident], span: Span, reports: &mut Vec<Report>) -> Vec<Contract> {
    let known = builtin_profiles(&name.name);
    if known.is_empty() {
        let names: Vec<&str> = builtin_names().collect();
        let report = Report::error(Code::J210, name.span, format!("there is no contract `{}`", name.name));
        let report = report
            .help(format!("there is {}; others are read by `target wsdl \"file.wsdl\"`", names.join(", ")));
        reports.push(report.did_you_mean(near(&name.name, names)));
        return vec![];
    }
    if wanted.is_empty() {
        let report = Report::error(Code::J210, span, "the target does not say its profile");
        reports.push(report.help(format!("write `profile {}`", known.join("` or `profile "))));
    }
    let mut contracts = vec![];
    for profile in wanted {
        match builtin(&name.name, &profile.name) {
            Some(contract) => contracts.push(contract),
            None => {
                let message = format!("`{}` has no profile {}", name.name, profile.name);
                let help = format!("it has {}", known.join(", "));
                reports.push(Report::error(Code::J210, profile.span, message).help(help));
            }
        }
    }
    contracts
}

/// `asked` is what is looked for in the file, and how it is told that it is not there.
fn from_file(
    file: &Str,
    asked: Option<(&Str, Code)>,
    loader: &dyn Loader,
    sources: &mut Sources,
    reports: &mut Vec<Report>,
    read: impl FnOnce(&str) -> Result<Contract, Vec<Report>>,
) -> Option<Contract> {
    let text = match loader.read(&file.text).map(String::from_utf8) {
        Ok(Ok(text)) => text,
        Ok(Err(_)) => {
            let message = format!("\"{}\" is not UTF-8", file.text);
            reports.push(Report::error(Code::J210, file.span, message).help("save it as UTF-8"));
            return None;
        }
        Err(why) => {
            reports.push(super::unread("contract", file, &why));
            return None;
        }
    };
    match read(&text) {
        Ok(contract) => Some(Contract { profile: file.text.clone(), ..contract }),
        Err(said) => {
            let id = sources.add(&file.text, &text);
            for mut report in said {
                // the file is as it should be: the place to mend is the word in the mapping
                if let Some((word, _)) = asked.filter(|(_, code)| *code == report.code) {
                    report.labels = vec![Label { span: word.span, text: String::new() }];
                    reports.push(report);
                    continue;
                }
                report.labels.iter_mut().for_each(|label| label.span.source = id);
                reports.push(report.and(file.span, "read for this target"));
            }
            None
        }
    }
}
