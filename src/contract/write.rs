//! A contract as a WSDL 1.1 with its schema: what a service that accepts it would say of itself.
//!
//! Elements in a namespace of their own (extension fields) are written as local ones; built-in contracts have none.

use super::tree::{Attribute, Contract, Element, ElementId, Facets, Primitive};
use std::fmt::Write;

/// How the service is called.
#[derive(Debug, Clone, Copy)]
pub struct Called<'c> {
    /// Its operation.
    pub operation: &'c str,
    /// The SOAP action.
    pub action: &'c str,
    /// Its address.
    pub address: &'c str,
}

/// The WSDL of a document/literal service with one operation; `answer` is what it answers, of the same namespace.
pub fn write_wsdl(request: &Contract, answer: Option<&Contract>, called: &Called<'_>) -> String {
    let mut types = Types::default();
    types.root(request);
    if let Some(answer) = answer {
        types.root(answer);
    }
    let Types { named, elements, .. } = types;
    let (namespace, root) = (escaped(&request.namespace), &request.elements[0].name);
    let form = if request.qualified { "qualified" } else { "unqualified" };
    let operation = escaped(called.operation);
    let [action, address] = [called.action, called.address].map(escaped);
    let (mut message, mut output, mut bound) = (String::new(), String::new(), String::new());
    if let Some(answer) = answer {
        let root = &answer.elements[0].name;
        message = format!(
            "<wsdl:message name=\"{root}\"><wsdl:part name=\"parameter\" element=\"tns:{root}\"/></wsdl:message>\n"
        );
        output = format!("<wsdl:output message=\"tns:{root}\"/>");
        "<wsdl:output><soap:body use=\"literal\"/></wsdl:output>".clone_into(&mut bound);
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <wsdl:definitions xmlns:wsdl=\"http://schemas.xmlsoap.org/wsdl/\" \
         xmlns:soap=\"http://schemas.xmlsoap.org/wsdl/soap/\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" \
         xmlns:tns=\"{namespace}\" targetNamespace=\"{namespace}\">\n\
         <wsdl:types><xsd:schema targetNamespace=\"{namespace}\" elementFormDefault=\"{form}\">\n\
         {elements}{named}</xsd:schema></wsdl:types>\n\
         <wsdl:message name=\"{root}\"><wsdl:part name=\"parameter\" element=\"tns:{root}\"/></wsdl:message>\n\
         {message}\
         <wsdl:portType name=\"{operation}\"><wsdl:operation name=\"{operation}\">\
         <wsdl:input message=\"tns:{root}\"/>{output}</wsdl:operation></wsdl:portType>\n\
         <wsdl:binding name=\"binding\" type=\"tns:{operation}\">\
         <soap:binding style=\"document\" transport=\"http://schemas.xmlsoap.org/soap/http\"/>\
         <wsdl:operation name=\"{operation}\"><soap:operation soapAction=\"{action}\" style=\"document\"/>\
         <wsdl:input><soap:body use=\"literal\"/></wsdl:input>{bound}</wsdl:operation></wsdl:binding>\n\
         <wsdl:service name=\"service\"><wsdl:port name=\"binding\" binding=\"tns:binding\">\
         <soap:address location=\"{address}\"/></wsdl:port></wsdl:service>\n</wsdl:definitions>\n"
    )
}

fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

/// The schema while it is written: roots, and the types that values with attributes extend.
#[derive(Default)]
struct Types {
    elements: String,
    named: String,
    count: usize,
}

impl Types {
    fn root(&mut self, contract: &Contract) {
        let mut text = String::new();
        self.element(contract, Contract::ROOT, "", &mut text);
        self.elements += &text;
    }

    /// An element with all in it. It is as deep as the contract, which has been read.
    fn element(&mut self, contract: &Contract, id: ElementId, occurs: &str, out: &mut String) {
        let element = contract.element(id);
        *out += &format!("<xsd:element name=\"{}\"{occurs}>", element.name);
        match &element.value {
            Some(value) if element.attributes.is_empty() => *out += &simple("", value),
            Some(value) => {
                self.count += 1;
                let name = format!("T{}", self.count);
                self.named += &simple(&name, value);
                self.named.push('\n');
                *out += &format!("<xsd:complexType><xsd:simpleContent><xsd:extension base=\"tns:{name}\">");
                *out += &attributes(element);
                *out += "</xsd:extension></xsd:simpleContent></xsd:complexType>";
            }
            None => {
                *out += "<xsd:complexType><xsd:sequence>\n";
                for child in &element.children {
                    let occurs = contract.element(*child).occurs;
                    let most = occurs.max.map_or_else(|| "unbounded".to_owned(), |max| max.to_string());
                    let occurs = format!(" minOccurs=\"{}\" maxOccurs=\"{most}\"", occurs.min);
                    self.element(contract, *child, &occurs, out);
                }
                *out += "</xsd:sequence>";
                *out += &attributes(element);
                *out += "</xsd:complexType>";
            }
        }
        *out += "</xsd:element>\n";
    }
}

fn attributes(element: &Element) -> String {
    let one = |Attribute { name, required, value }: &Attribute| {
        let need = if *required { "required" } else { "optional" };
        format!("<xsd:attribute name=\"{name}\" use=\"{need}\">{}</xsd:attribute>", simple("", value))
    };
    element.attributes.iter().map(one).collect()
}

/// A simple type. Patterns of one step are alternatives, so each has a step of its own.
fn simple(name: &str, facets: &Facets) -> String {
    let name = if name.is_empty() { String::new() } else { format!(" name=\"{name}\"") };
    let mut inner = String::new();
    let mut base = format!(" base=\"xsd:{}\"", primitive(facets.primitive));
    for pattern in facets.patterns.iter().skip(1) {
        inner = format!(
            "<xsd:simpleType><xsd:restriction{base}>{inner}{}</xsd:restriction></xsd:simpleType>",
            facet("pattern", pattern)
        );
        base.clear();
    }
    let mut limits = String::new();
    if facets.min_length > 0 {
        limits += &facet("minLength", &facets.min_length.to_string());
    }
    let numbers = [
        ("maxLength", facets.max_length),
        ("totalDigits", facets.total_digits),
        ("fractionDigits", facets.fraction_digits),
    ];
    for (kind, number) in numbers {
        limits.extend(number.map(|n| facet(kind, &n.to_string())));
    }
    for (kind, text) in [("minInclusive", &facets.min), ("maxInclusive", &facets.max)] {
        limits.extend(text.as_ref().map(|text| facet(kind, text)));
    }
    limits.extend(facets.patterns.first().map(|pattern| facet("pattern", pattern)));
    limits.extend(facets.values.iter().map(|value| facet("enumeration", value)));
    format!("<xsd:simpleType{name}><xsd:restriction{base}>{inner}{limits}</xsd:restriction></xsd:simpleType>")
}

fn facet(kind: &str, value: &str) -> String {
    let mut text = String::new();
    // text takes everything
    let _ = write!(text, "<xsd:{kind} value=\"{}\"/>", escaped(value));
    text
}

fn primitive(primitive: Primitive) -> &'static str {
    match primitive {
        Primitive::String => "string",
        Primitive::Token => "token",
        Primitive::Boolean => "boolean",
        Primitive::Decimal => "decimal",
        Primitive::Integer => "integer",
        Primitive::Date => "date",
        Primitive::DateTime => "dateTime",
        Primitive::Time => "time",
        Primitive::Duration => "duration",
        Primitive::AnyUri => "anyURI",
        Primitive::Binary => "base64Binary",
    }
}

#[cfg(test)]
mod tests {
    use super::{Called, write_wsdl};
    use crate::contract::{builtin, builtin_profiles, diff, diff_text, read_wsdl, read_xsd};

    /// What is written is read again as the same contract.
    #[test]
    fn built_in_contracts_make_the_whole_way() {
        let called =
            Called { operation: "Post & go", action: "urn:a\"b", address: "http://127.0.0.1/a?b=c&d" };
        let mut read = 0;
        for profile in builtin_profiles("s4.journal_entry") {
            let request = builtin("s4.journal_entry", profile).expect("it is there");
            let answer = builtin("s4.journal_entry_confirmation", profile).expect("it is there");
            let text = write_wsdl(&request, Some(&answer), &called);
            let again = read_wsdl(&text, None).unwrap_or_else(|e| panic!("{profile}: {e:?}"));
            assert_eq!(diff_text(&diff(&request, &again)), "", "{profile}");
            let service = again.service.expect("it is called somehow");
            assert_eq!((service.action.as_str(), service.address.as_str()), (called.action, called.address));
            assert_eq!(service.answer.as_deref(), Some(answer.elements[0].name.as_str()));
            let schema =
                text.split_once("<wsdl:types>").and_then(|(_, rest)| rest.split_once("</wsdl:types>"));
            let schema = schema.expect("there is a schema").0.replacen(
                "<xsd:schema ",
                &format!(
                    "<xsd:schema xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" xmlns:tns=\"{}\" ",
                    request.namespace
                ),
                1,
            );
            let again = read_xsd(&schema, &answer.elements[0].name).unwrap_or_else(|e| panic!("{e:?}"));
            assert_eq!(diff_text(&diff(&answer, &again)), "", "{profile}");
            read += 1;
        }
        assert_eq!(read, 3);
    }
}
