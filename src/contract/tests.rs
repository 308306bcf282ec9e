//! Contracts as a whole: read from files, shown, compared.

use super::{Contract, Role, builtin, diff, diff_json, diff_text, read_wsdl, read_xsd, show, show_json};
use crate::diag::Report;

const SHOP: &str = include_str!("../../tests/data/shop.wsdl");

fn shop() -> Contract {
    read_wsdl(SHOP, Some("PostSales")).expect("the file is right")
}

fn journal_entry(profile: &str) -> Contract {
    builtin("s4.journal_entry", profile).expect("the profile exists")
}

/// A file of the references that are not part of the project; tests pass without them.
fn shared(path: &str) -> Option<String> {
    let folder =
        std::env::var("JEMAP_SHARED").unwrap_or_else(|_| format!("{}/../shared", env!("CARGO_MANIFEST_DIR")));
    let text = std::fs::read_to_string(format!("{folder}/{path}")).ok();
    if text.is_none() {
        println!("skipped: {path} is not here");
    }
    text
}

/// What is left when the things only a file or only jemap knows are set to the same.
fn same_names(mut contract: Contract, like: &Contract) -> Contract {
    contract.name.clone_from(&like.name);
    contract.profile.clone_from(&like.profile);
    contract.service.clone_from(&like.service);
    contract
}

#[test]
fn the_published_wsdl_is_the_built_in_contract() {
    let Some(text) = shared("sap/wsdl/journal_entry_post_sync.2024.wsdl") else { return };
    let read = read_wsdl(&text, None).expect("the file is right");
    let known = journal_entry("2024");
    assert_eq!(diff_text(&diff(&known, &read)), "");
    let service = read.service.clone().expect("a WSDL has one");
    let known_service = known.service.clone().expect("the table has one");
    assert_eq!((service.operation, service.action, service.answer), {
        (known_service.operation, known_service.action, known_service.answer)
    });
    assert!(service.address.starts_with("https://"));
    assert_eq!(same_names(read, &known), known);
}

#[test]
fn the_published_schema_is_the_built_in_contract_too() {
    let Some(text) = shared("sap/xsd/JournalEntryCreate.2024.xsd") else { return };
    let read = read_xsd(&text, "JournalEntryBulkCreateRequest").expect("the file is right");
    let mut known = journal_entry("2024");
    // This schema was stripped of the ranges.
    for value in known.elements.iter_mut().filter_map(|e| e.value.as_mut()) {
        (value.min, value.max) = (None, None);
    }
    assert_eq!(same_names(read, &known), known);
    let read = read_xsd(&text, "JournalEntryBulkCreateConfirmation").expect("the file is right");
    let known = builtin("s4.journal_entry_confirmation", "2024").expect("the profile exists");
    assert_eq!(same_names(read, &known), known);
}

#[test]
fn any_service_is_read() {
    let contract = shop();
    insta::assert_snapshot!(show(&contract, None).expect("the root exists"));
    assert_eq!(contract.path(contract.anchors.document), "Sale");
    assert_eq!(contract.anchors.message_header, contract.find("Context"));
    let service = contract.service.clone().expect("a WSDL has one");
    assert_eq!(
        (service.action.as_str(), service.address.as_str()),
        ("urn:example:shop/PostSales", "https://shop.example/v11")
    );
    assert_eq!(service.answer.as_deref(), Some("PostSalesResult"));
    let namespace = |path| contract.element(contract.find(path).expect("it is there")).namespace.clone();
    assert_eq!(namespace("Sale/Line/Price"), None);
    assert_eq!(namespace("Sale/own:Campaign"), Some(("own".into(), "urn:example:own".into())));
    assert_eq!(namespace("Sale/Loose"), Some((String::new(), String::new())));
    assert_eq!(namespace("Context/Sender"), Some((String::new(), String::new())));
}

#[test]
fn facets_of_several_steps_add_up() {
    let contract = shop();
    let facets = |path| {
        let element = contract.element(contract.find(path).expect("it is there"));
        element.value.clone().expect("it has a value")
    };
    assert_eq!(facets("Sale/Card").patterns, [r"([A-Z]+)|(\d+)", r"\p{Nd}{4,}"]);
    assert_eq!(facets("Sale/Card").max_length, Some(12));
    assert_eq!(facets("Sale/Line/Price").max.as_deref(), Some("999.99"));
    assert_eq!(facets("Sale/Number").check_text(" 12 "), Ok(()));
    assert_eq!(facets("Sale/Line/State").check_text("paid & closed"), Ok(()));
    let price = contract.element(contract.find("Sale/Line/Price").expect("it is there"));
    assert_eq!(price.attributes.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["currency"]);
}

/// A schema around declarations of our own, with the root `A` of the type `t:A`.
fn schema(declarations: &str) -> String {
    format!(
        "<x:schema xmlns:x='http://www.w3.org/2001/XMLSchema' xmlns:t='urn:t' targetNamespace='urn:t'>\
         <x:element name='A' type='t:A'/>{declarations}</x:schema>"
    )
}

fn said(result: Result<Contract, Vec<Report>>) -> String {
    let line = |r: &Report| {
        let help = r.help.as_ref().map(|h| format!(" ({h})")).unwrap_or_default();
        format!("{} {}{help}", r.code.id(), r.message)
    };
    result.expect_err("the file is wrong").iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn mistakes_are_told() {
    assert_eq!(
        said(read_wsdl(SHOP, None)),
        "J304 the service has 3 operations: `CancelSale`, `OldSale`, `PostSales` \
         (write `operation \"CancelSale\"`)"
    );
    assert_eq!(
        said(read_wsdl(SHOP, Some("PostSale"))),
        "J304 the service has no operation `PostSale`, only `CancelSale`, `OldSale`, `PostSales` \
         (did you mean `PostSales`?)"
    );
    assert_eq!(
        said(read_wsdl(SHOP, Some("OldSale"))),
        "J307 the operation `OldSale` is not document/literal: its style is `rpc`"
    );
    assert_eq!(
        said(read_xsd(SHOP, "A")),
        "J303 the file begins with `definitions`, expected an XML Schema (`schema`) (write `target wsdl …`)"
    );
    assert_eq!(
        said(read_wsdl("<html/>", None)),
        "J303 the file begins with `html`, expected a WSDL 1.1 (`definitions`)"
    );
    assert_eq!(
        said(read_xsd("<!DOCTYPE a []><a/>", "A")),
        "J302 the file has a document type, which is never read (remove the `<!DOCTYPE …>`)"
    );
    let wrong = schema(
        "<x:complexType name='A'><x:sequence><x:element name='B' type='t:Bee'/></x:sequence></x:complexType>\
         <x:simpleType name='Be'/>",
    );
    assert_eq!(
        said(read_xsd(&wrong, "A")),
        "J308 the schema has no type `Bee` in the namespace `urn:t` (did you mean `Be`?)"
    );
    assert_eq!(
        said(read_xsd(&wrong, "Aa")),
        "J305 the schema has no element `Aa` at its outermost level, only `A` (did you mean `A`?)"
    );
    let import = schema("<x:import namespace='urn:o' schemaLocation='other.xsd'/><x:simpleType name='A'/>");
    assert_eq!(
        said(read_xsd(&import, "A")),
        "J306 the schema needs the file `other.xsd`, which does not stand in it \
         (take a WSDL that holds all of its schemas)"
    );
}

#[test]
fn types_that_go_round_end() {
    let own = schema(
        "<x:complexType name='A'><x:sequence><x:element name='V' type='x:int'/><x:element name='A' type='t:A'/>\
         </x:sequence></x:complexType>",
    );
    let read = read_xsd(&own, "A").expect("recursion is cut");
    assert_eq!(read.elements.len(), 5);
    assert!(read.elements[4].note.contains("left out"), "{:?}", read.elements[4]);
    let derived = schema(
        "<x:complexType name='A'><x:complexContent><x:extension base='t:A'/></x:complexContent>\
         </x:complexType>",
    );
    assert!(said(read_xsd(&derived, "A")).starts_with("J309 "));
    let simple = schema("<x:simpleType name='A'><x:restriction base='t:A'/></x:simpleType>");
    assert!(said(read_xsd(&simple, "A")).starts_with("J309 "));
    let group = schema(
        "<x:complexType name='A'><x:group ref='t:G'/></x:complexType>\
         <x:group name='G'><x:sequence><x:group ref='t:G'/><x:group ref='t:G'/></x:sequence></x:group>",
    );
    assert!(said(read_xsd(&group, "A")).starts_with("J309 "));
}

#[test]
fn messages_that_are_too_large_are_refused() {
    let mut text = String::new();
    for level in 0..16 {
        let next = if level == 15 { "x:int".into() } else { format!("t:T{}", level + 1) };
        let name = if level == 0 { "A".into() } else { format!("T{level}") };
        let child = |n: &str| format!("<x:element name='{n}' type='{next}'/>");
        let children = [child("a"), child("b"), child("c"), child("d")].concat();
        text += &format!("<x:complexType name='{name}'><x:sequence>{children}</x:sequence></x:complexType>");
    }
    assert_eq!(said(read_xsd(&schema(&text), "A")), "J309 the message has more than 20000 elements");
}

/// A tenant's file, much shortened: an extension field, a field of its own time, a changed length.
const TENANT: &str =
    "<x:schema xmlns:x='http://www.w3.org/2001/XMLSchema' xmlns:t='http://sap.com/xi/SAPSCORE/SFIN'
  targetNamespace='http://sap.com/xi/SAPSCORE/SFIN' xmlns:yy1='urn:custom'>
 <x:element name='JournalEntryBulkCreateRequest'><x:complexType><x:sequence>
  <x:element name='MessageHeader' type='t:Header'/>
  <x:element name='JournalEntryCreateRequest' maxOccurs='unbounded'><x:complexType><x:sequence>
   <x:element name='MessageHeader' type='t:Header'/>
   <x:element name='JournalEntry'><x:complexType><x:sequence>
    <x:element name='CompanyCode' type='x:token'/>
    <x:element name='Item' type='t:Item' minOccurs='0' maxOccurs='unbounded'/>
   </x:sequence></x:complexType></x:element>
  </x:sequence></x:complexType></x:element>
 </x:sequence></x:complexType></x:element>
 <x:complexType name='Header'><x:sequence><x:element name='ID' type='x:token'/></x:sequence></x:complexType>
 <x:complexType name='Item'><x:sequence>
  <x:element name='AmountInTransactionCurrency' type='x:decimal'/>
  <x:element form='qualified' name='Marked' type='x:boolean' minOccurs='0'/>
 </x:sequence></x:complexType>
</x:schema>";

#[test]
fn a_tenants_file_has_the_meaning_of_the_built_in_contract() {
    let read = read_xsd(TENANT, "JournalEntryBulkCreateRequest").expect("the file is right");
    let role = |path: &str| read.element(read.find(path).expect("it is there")).role;
    let entry = "JournalEntryCreateRequest/JournalEntry";
    assert_eq!(role("MessageHeader/ID"), Some(Role::MessageId));
    assert_eq!(role(&format!("{entry}/CompanyCode")), Some(Role::CompanyCode));
    assert_eq!(role(&format!("{entry}/Item")), Some(Role::Line));
    assert_eq!(role(&format!("{entry}/Item/AmountInTransactionCurrency")), Some(Role::Amount));
    assert_eq!(role(&format!("{entry}/Item/sfin:Marked")), None);
    assert_eq!((read.rules.balanced, read.rules.lines_max, read.prefix.as_str()), (true, Some(999), "sfin"));
    assert_eq!(read.path(read.anchors.body), entry);
    let sibling = TENANT.replace("JournalEntryBulkCreateRequest", "JournalEntryBulkOtherRequest");
    let read = read_xsd(&sibling, "JournalEntryBulkOtherRequest").expect("the file is right");
    assert_eq!(read.elements.iter().filter(|e| e.role == Some(Role::MessageId)).count(), 2);
    assert!(!read.rules.balanced);
}

#[test]
fn a_line_is_shown_with_all_its_limits() {
    let contract = journal_entry("2024");
    insta::assert_snapshot!(show(&contract, Some("Item/Tax")).expect("it is there"), @r"
    Tax                                           0..1
      TaxCode                                     1..1  token 1–4 @listID @listVersionID @listAgencyID
      TaxJurisdiction                             0..1  token 1–15 @listID @listVersionID @listAgencyID
      TaxItemGroup                                0..1  token 1–6 like \d+
      TaxCountry                                  0..1  token 2–3
      TaxExpenseAmountInTransacCrcy               0..1  decimal 28,6 @currencyCode*
      TaxExpenseAmountInCoCodeCrcy                0..1  decimal 28,6 @currencyCode*
      TaxExpenseAmountInGroupCrcy                 0..1  decimal 28,6 @currencyCode*
      TaxExpenseAmountInFreeDefinedCrcy1          0..1  decimal 28,6 @currencyCode*
    ");
    insta::assert_snapshot!(show(&contract, Some("MessageHeader/UUID")).expect("it is there"), @r"
    UUID                                          0..1  token =36 @schemeID (token 1–60) @schemeAgencyID
                                                          (token 1–60) like
                                                          [0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}
    ");
    for profile in ["2020", "2024", "2026"] {
        let text = show(&journal_entry(profile), None).expect("the root is there");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{profile}");
    }
}

#[test]
fn wrong_paths_are_answered_with_near_ones() {
    let contract = journal_entry("2024");
    let said = |path| show(&contract, Some(path)).expect_err("the path is wrong");
    insta::assert_snapshot!([said("Item/GLAcount"), said("GLAccount"), said("Itm"), said("zzz")].join("\n"), @r"
    the contract has no element `Item/GLAcount`; did you mean `JournalEntryCreateRequest/JournalEntry/Item/GLAccount`?
    the contract has no element `GLAccount`; `GLAccount` is at `JournalEntryCreateRequest/JournalEntry/Item/GLAccount`
    the contract has no element `Itm`; did you mean `JournalEntryCreateRequest/JournalEntry/Item`?
    the contract has no element `zzz`
    ");
    assert_eq!(show_json(&contract, Some("zzz")).expect_err("the path is wrong"), said("zzz"));
}

#[test]
fn profiles_are_compared() {
    let changes = diff(&journal_entry("2024"), &journal_entry("2026"));
    insta::assert_snapshot!(diff_text(&changes), @r"
    + JournalEntryCreateRequest/JournalEntry/InvoiceReferenceDocument
    + JournalEntryCreateRequest/JournalEntry/DebtorItem/BusinessSectionCode
    + JournalEntryCreateRequest/JournalEntry/DebtorItem/DownPaymentTerms/TargetSpecialGLCode
    + JournalEntryCreateRequest/JournalEntry/CreditorItem/BusinessSectionCode
    + JournalEntryCreateRequest/JournalEntry/CreditorItem/DownPaymentTerms/TargetSpecialGLCode
    ");
    let back = diff_text(&diff(&journal_entry("2024"), &journal_entry("2020")));
    let moved: Vec<&str> = back.lines().filter(|l| l.starts_with('>')).collect();
    insta::assert_snapshot!(moved.join("\n"), @r"
    > JournalEntryCreateRequest/JournalEntry/DebtorItem/OneTimeCustomerDetails/IsNaturalPerson  now after TaxNumber5
    > JournalEntryCreateRequest/JournalEntry/DebtorItem/OneTimeCustomerDetails/Region  now after IsNaturalPerson
    ");
    assert_eq!(back.lines().count(), 110);
}

#[test]
fn a_changed_service_is_compared() {
    let changed = SHOP
        .replace("<xs:maxLength value=\"12\"/>", "<xs:maxLength value=\"10\"/>")
        .replace(
            "<xs:element name=\"Day\" type=\"xs:date\"/>",
            "<xs:element name=\"Till\" type=\"xs:token\"/>",
        )
        .replace("maxOccurs=\"200\"", "maxOccurs=\"99\"")
        .replace("<xs:length value=\"3\"/>", "<xs:length value=\"5\"/>");
    let new = read_wsdl(&changed, Some("PostSales")).expect("the file is right");
    let changes = diff(&shop(), &new);
    insta::assert_snapshot!(diff_text(&changes), @r"
    - Sale/Day
    ~ Sale/Number  type: token 1–12 -> token 1–10
    + Sale/Till  (required)
    ~ Sale/Card  type: token 1–12 -> token 1–10
    ~ Sale/Line  occurs: 0..200 -> 0..99
    ~ Sale/Line/Price  @currency: required token =3 -> required token =5
    ~ Sale/Line/Bundle/Price  @currency: required token =3 -> required token =5
    ");
    insta::assert_snapshot!(diff_json(&changes[..2]), @r#"
    [{"path":"Sale/Day","change":"removed"},{"path":"Sale/Number","change":"changed","what":"type","old":"token 1–12","new":"token 1–10"}]
    "#);
    insta::assert_snapshot!(diff_text(&diff(&shop(), &journal_entry("2024"))), @r"
    ~ (message)  root: PostSales -> JournalEntryBulkCreateRequest
    ~ (message)  namespace: urn:example:shop -> http://sap.com/xi/SAPSCORE/SFIN
    ~ (message)  local elements: qualified -> unqualified
    - Context
    - Sale
    + MessageHeader  (required)
    + JournalEntryCreateRequest  (required)
    ");
}

#[test]
fn contracts_are_shown_as_json() {
    let json = show_json(&journal_entry("2024"), Some("Item/DebitCreditCode")).expect("it is there");
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).expect("it is JSON"), @r#"
    {
      "contract": "s4.journal_entry",
      "profile": "2024",
      "namespace": "http://sap.com/xi/SAPSCORE/SFIN",
      "prefix": "sfin",
      "qualified": false,
      "document": "JournalEntryCreateRequest",
      "body": "JournalEntryCreateRequest/JournalEntry",
      "message_header": "MessageHeader",
      "document_header": "JournalEntryCreateRequest/MessageHeader",
      "rules": {
        "balanced": true,
        "one_currency": true,
        "lines_max": 999
      },
      "service": {
        "operation": "JournalEntryCreateRequestConfirmation_In",
        "action": "http://sap.com/xi/SAPSCORE/SFIN/JournalEntryCreateRequestConfirmation_In/JournalEntryCreateRequestConfirmation_InRequest",
        "address": "",
        "answer": "JournalEntryBulkCreateConfirmation"
      },
      "element": {
        "name": "DebitCreditCode",
        "path": "JournalEntryCreateRequest/JournalEntry/Item/DebitCreditCode",
        "namespace": null,
        "min": 0,
        "max": 1,
        "value": {
          "type": "token",
          "min_length": 1,
          "max_length": 1,
          "total_digits": null,
          "fraction_digits": null,
          "min": null,
          "max": null,
          "patterns": [],
          "values": [],
          "unchecked_patterns": []
        },
        "attributes": [],
        "role": "DebitCredit",
        "note": "S debit, H credit; agrees with the sign",
        "children": []
      }
    }
    "#);
}

#[test]
fn mangled_files_are_answered_with_reports() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let words: Vec<&str> = SHOP.split_inclusive(['<', '"', ' ', ':', '/']).collect();
    for _ in 0..300 {
        let mut mangled = words.clone();
        for _ in 0..=random(4) {
            let (from, to) = (random(words.len()), random(words.len()));
            mangled[to] = words[from];
        }
        // Whatever comes out, it is a contract that can be shown, or at least one report.
        match read_wsdl(&mangled.concat(), Some("PostSales")) {
            Ok(contract) => assert!(!show(&contract, None).expect("the root is there").is_empty()),
            Err(reports) => assert!(!reports.is_empty()),
        }
    }
    for end in (0..SHOP.len() - 100).step_by(97) {
        assert!(read_wsdl(&SHOP[..end], Some("PostSales")).is_err());
    }
}
