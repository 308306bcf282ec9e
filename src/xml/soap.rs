//! The SOAP envelope round a message (SOAP 1.1 §4, SOAP 1.2 part 1 §5).

/// Which envelope is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Soap {
    /// SOAP 1.1
    #[default]
    V11,
    /// SOAP 1.2
    V12,
    /// No envelope: the message alone.
    Bare,
}

/// The header of an envelope, as it is written: without a child.
pub const HEADER_EMPTY: &str = "<soapenv:Header/>";

/// The bytes before and after the children of the message's root element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envelope {
    /// XML declaration, envelope and root element opened.
    pub head: Vec<u8>,
    /// All of it closed.
    pub tail: Vec<u8>,
    /// Where the root element begins in `head`.
    pub root_at: usize,
    /// Bytes of `tail` up to its end.
    pub root_end: usize,
}

impl Envelope {
    /// `root` is the qualified root element (`sfin:Request`); `namespaces` are declared on the outermost element.
    pub fn new(soap: Soap, root: &str, namespaces: &[(String, String)]) -> Envelope {
        let mut declared = String::new();
        for (prefix, uri) in namespaces {
            declared.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
            declared.push_str(prefix);
            declared.push_str("=\"");
            let mut escaped = vec![];
            super::attribute(&mut escaped, uri);
            declared.push_str(&String::from_utf8_lossy(&escaped));
            declared.push('"');
        }
        let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
        let uri = match soap {
            Soap::V11 => "http://schemas.xmlsoap.org/soap/envelope/",
            Soap::V12 => "http://www.w3.org/2003/05/soap-envelope",
            Soap::Bare => {
                let head = format!("{declaration}<{root}{declared}>");
                let tail = format!("</{root}>\n");
                let (root_at, root_end) = (declaration.len(), tail.len() - 1);
                return Envelope { head: head.into_bytes(), tail: tail.into_bytes(), root_at, root_end };
            }
        };
        let head = format!(
            "{declaration}<soapenv:Envelope xmlns:soapenv=\"{uri}\"{declared}>{HEADER_EMPTY}<soapenv:Body><{root}>"
        );
        let close = format!("</{root}>");
        Envelope {
            root_at: head.len() - (close.len() - 1),
            root_end: close.len(),
            head: head.into_bytes(),
            tail: format!("{close}</soapenv:Body></soapenv:Envelope>\n").into_bytes(),
        }
    }
}
