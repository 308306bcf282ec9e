//! The contracts that come with jemap. Their tables lie in `mappings/contracts/`; no element is named here.

use super::table::Table;
use super::tree::Contract;

/// Each table with the names of the messages in it.
const TABLES: &[(&[&str], &str)] = &[(
    &["s4.journal_entry", "s4.journal_entry_confirmation"],
    include_str!("../../mappings/contracts/s4.journal_entry.contract"),
)];

fn table(text: &'static str) -> Table<'static> {
    Table::read(text).expect("the tables that come with jemap are read by a test")
}

/// The names of the contracts that come with jemap.
pub fn builtin_names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().flat_map(|t| t.0).copied()
}

/// The profiles of a contract that comes with jemap, oldest first; none for a name that does not exist.
pub fn builtin_profiles(name: &str) -> Vec<&'static str> {
    TABLES.iter().find(|t| t.0.contains(&name)).map(|t| table(t.1).profiles).unwrap_or_default()
}

/// A contract that comes with jemap, as one profile of the service has it.
pub fn builtin(name: &str, profile: &str) -> Option<Contract> {
    let (_, text) = TABLES.iter().find(|t| t.0.contains(&name))?;
    table(text).contract(name, profile)
}

#[cfg(test)]
mod tests {
    use super::{builtin, builtin_names, builtin_profiles};
    use crate::contract::{Contract, Role};

    fn journal_entry(profile: &str) -> Contract {
        builtin("s4.journal_entry", profile).expect("the profile exists")
    }

    #[test]
    fn every_name_has_every_profile() {
        for name in builtin_names() {
            assert_eq!(builtin_profiles(name), ["2020", "2024", "2026"]);
            for profile in builtin_profiles(name) {
                let contract = builtin(name, profile).expect("the name is in its table");
                for (id, element) in contract.elements.iter().enumerate() {
                    let leaf = element.value.is_some();
                    assert_eq!(leaf, element.children.is_empty(), "{name} {profile}: {} {id}", element.name);
                }
            }
        }
        assert!(builtin("s4.journal_entry", "1999").is_none());
        assert!(builtin("s4.nothing", "2024").is_none());
    }

    #[test]
    fn profiles_have_as_many_elements_as_the_service() {
        let counts = |name| {
            builtin_profiles(name).iter().map(|p| builtin(name, p).map_or(0, |c| c.elements.len())).collect()
        };
        let requests: Vec<usize> = counts("s4.journal_entry");
        let confirmations: Vec<usize> = counts("s4.journal_entry_confirmation");
        assert_eq!((requests, confirmations), (vec![353, 461, 466], vec![164, 165, 165]));
    }

    #[test]
    fn documents_are_found_by_shape() {
        let c = journal_entry("2024");
        let anchors = c.anchors;
        assert_eq!(c.path(anchors.document), "JournalEntryCreateRequest");
        assert_eq!(c.path(anchors.body), "JournalEntryCreateRequest/JournalEntry");
        assert_eq!(anchors.message_header.map(|id| c.path(id)).as_deref(), Some("MessageHeader"));
        let header = anchors.document_header.map(|id| c.path(id));
        assert_eq!(header.as_deref(), Some("JournalEntryCreateRequest/MessageHeader"));
    }

    #[test]
    fn amounts_that_balance_are_those_of_four_kinds_of_lines() {
        let c = journal_entry("2026");
        let count = |role| c.elements.iter().filter(|e| e.role == Some(role)).count();
        let roles =
            [Role::MessageId, Role::MessageUuid, Role::Created, Role::CompanyCode, Role::LineCompanyCode];
        assert_eq!(roles.map(count), [2, 2, 2, 1, 1]);
        assert_eq!([Role::Line, Role::Amount, Role::LocalAmount, Role::DebitCredit].map(count), [4, 4, 8, 4]);
        assert!(c.rules.balanced && c.rules.one_currency && c.rules.lines_max == Some(999));
    }

    #[test]
    fn one_time_customers_changed_order_after_2020() {
        let order = |profile| {
            let c = journal_entry(profile);
            let path = "JournalEntryCreateRequest/JournalEntry/DebtorItem/OneTimeCustomerDetails";
            let id = c.find(path).expect("all profiles have it");
            let names = c.element(id).children.iter().map(|id| c.element(*id).name.as_str());
            names
                .filter(|n| ["CityName", "Region", "IsNaturalPerson", "TaxNumber5"].contains(n))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(order("2020"), "CityName TaxNumber5 IsNaturalPerson Region");
        assert_eq!(order("2024"), "IsNaturalPerson CityName Region TaxNumber5");
    }
}
