//! The facts of a service: names of elements, notes and addresses, read from `mappings/contracts/`.
//!
//! It knows how such a file is written, and no fact of any service.

use std::sync::LazyLock;

/// The facts that come with jemap.
const TABLE: &str = include_str!("../../mappings/contracts/s4.journal_entry.service");

/// What must be known of a service to call it and to read its answers.
///
/// The fields have the names of the file's lines; their meaning is told there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the file that they are read from tells them")]
pub struct Service {
    pub namespace: &'static str,
    pub request: &'static str,
    pub request_entry: &'static str,
    pub header: &'static str,
    pub header_id: &'static str,
    pub header_uuid: &'static str,
    pub header_reference: &'static str,
    pub header_created: &'static str,
    pub header_sender: &'static str,
    pub header_test: &'static str,
    pub confirmation: &'static str,
    pub confirmation_origin: &'static str,
    pub confirmation_entry: &'static str,
    pub confirmation_key: &'static str,
    pub key_document: &'static str,
    pub key_company: &'static str,
    pub key_year: &'static str,
    pub log: &'static str,
    pub log_severity: &'static str,
    pub log_item: &'static str,
    pub item_type: &'static str,
    pub item_severity: &'static str,
    pub item_note: &'static str,
    pub item_uri: &'static str,
    pub note_posted: &'static str,
    pub note_collective: &'static str,
    pub note_variables: Vec<&'static str>,
    pub fault_unread: Vec<&'static str>,
    pub sync_tail: &'static str,
    pub sync_action: &'static str,
    pub async_tail: &'static str,
    pub async_action: &'static str,
    pub cloud_path: &'static str,
    pub own_path: &'static str,
    pub message_id_parameter: &'static str,
    pub message_id_namespace: &'static str,
    pub message_id_element: &'static str,
    pub message_id_prefix: &'static str,
    pub client_parameter: &'static str,
    pub language_header: &'static str,
}

impl Service {
    /// The two posting services of journal entries and their confirmation.
    pub fn journal_entry() -> &'static Service {
        static SERVICE: LazyLock<Service> = LazyLock::new(|| Service::read(TABLE));
        &SERVICE
    }

    /// A missing line is an empty text here; a test sees to it that none is missing, and none is too many.
    fn read(text: &'static str) -> Service {
        let all = |name: &str| lines(text).filter(|l| l.0 == name).map(|l| l.1).collect::<Vec<_>>();
        let one = |name: &str| all(name).first().copied().unwrap_or_default();
        Service {
            namespace: one("namespace"),
            request: one("request"),
            request_entry: one("request_entry"),
            header: one("header"),
            header_id: one("header_id"),
            header_uuid: one("header_uuid"),
            header_reference: one("header_reference"),
            header_created: one("header_created"),
            header_sender: one("header_sender"),
            header_test: one("header_test"),
            confirmation: one("confirmation"),
            confirmation_origin: one("confirmation_origin"),
            confirmation_entry: one("confirmation_entry"),
            confirmation_key: one("confirmation_key"),
            key_document: one("key_document"),
            key_company: one("key_company"),
            key_year: one("key_year"),
            log: one("log"),
            log_severity: one("log_severity"),
            log_item: one("log_item"),
            item_type: one("item_type"),
            item_severity: one("item_severity"),
            item_note: one("item_note"),
            item_uri: one("item_uri"),
            note_posted: one("note_posted"),
            note_collective: one("note_collective"),
            note_variables: all("note_variable_also"),
            fault_unread: all("fault_unread_also"),
            sync_tail: one("sync_tail"),
            sync_action: one("sync_action"),
            async_tail: one("async_tail"),
            async_action: one("async_action"),
            cloud_path: one("cloud_path"),
            own_path: one("own_path"),
            message_id_parameter: one("message_id_parameter"),
            message_id_namespace: one("message_id_namespace"),
            message_id_element: one("message_id_element"),
            message_id_prefix: one("message_id_prefix"),
            client_parameter: one("client_parameter"),
            language_header: one("language_header"),
        }
    }
}

/// The lines that state a fact: its name and its value.
fn lines(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(' ').unwrap_or((line, "")))
        .map(|(name, value)| (name, value.trim()))
}

#[cfg(test)]
mod tests {
    use super::{Service, TABLE, lines};
    use std::collections::BTreeSet;

    /// Every line of the file is a field, every field a line; only `_also` may come again.
    #[test]
    fn the_file_and_the_fields_are_the_same_facts() {
        let shown = format!("{:#?}", Service::journal_entry());
        let fields: BTreeSet<&str> =
            shown.lines().filter_map(|l| l.strip_prefix("    ")?.split_once(':').map(|f| f.0)).collect();
        let fields: BTreeSet<&str> = fields.into_iter().filter(|f| !f.starts_with(' ')).collect();
        let mut named = BTreeSet::new();
        for (name, value) in lines(TABLE) {
            assert!(!value.is_empty(), "{name} says nothing");
            let field = match name.strip_suffix("_also") {
                Some("note_variable") => "note_variables",
                Some(field) => field,
                None => name,
            };
            assert!(named.insert(field) || name.ends_with("_also"), "{name} comes twice");
        }
        assert_eq!(named, fields);
        assert!(named.len() >= 35, "{}", named.len());
        assert_eq!(Service::journal_entry().note_variables.len(), 4);
    }
}
