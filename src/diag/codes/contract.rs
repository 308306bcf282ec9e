//! Codes of the stage `contract`.

super::codes! {
    /// A file named in the mapping could not be read.
    ///
    /// Paths are taken from the folder of the mapping. Check the path and the rights of the file.
    J301 = "file-not-read";
    /// The file of a contract is not well-formed XML, or has a document type declaration.
    ///
    /// Download the WSDL again, and save it without changes; document types (`<!DOCTYPE …>`) are never read.
    J302 = "contract-not-xml";
    /// The file is XML, but not the kind of file that was named: a WSDL 1.1 or an XML Schema.
    ///
    /// Write `target wsdl` for a WSDL and `target xsd … root` for a schema.
    J303 = "contract-of-other-kind";
    /// The service has several operations, or not the one that was named.
    ///
    /// Name one of those listed: `target wsdl "file.wsdl" operation "NAME"`.
    J304 = "operation-unknown";
    /// The schema has no element of the name that was given as the root.
    ///
    /// Name one of the elements declared at the outermost level of the schema.
    J305 = "root-unknown";
    /// The contract needs another file that does not stand in it.
    ///
    /// Take a WSDL with everything in one file; services give one when the address ends in `?singleWsdl` or alike.
    J306 = "contract-part-missing";
    /// The operation is not called with a document of its own (document/literal), so there is no root to write.
    ///
    /// Services in the RPC style are not supported; take the document/literal binding, when there is one.
    J307 = "operation-not-document";
    /// The schema names a type, element or group that it does not have.
    ///
    /// The file was cut or put together by hand. Download it again.
    J308 = "schema-name-unknown";
    /// The schema has more elements, or is nested deeper, than jemap reads.
    ///
    /// A message with more than 20,000 elements is not one to be written by hand; name another root.
    J309 = "contract-too-large";
    /// There is no such built-in contract or profile.
    ///
    /// `jemap contract` lists those that come with jemap; others are read with `target wsdl`.
    J310 = "contract-unknown";
    /// The contract has no element at this path.
    ///
    /// Paths are written from the root down, the root left out: `JournalEntryCreateRequest/JournalEntry/Item`.
    J311 = "path-unknown";
}
