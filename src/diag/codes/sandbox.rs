//! Codes of the sandbox and of listeners: J76x.

super::codes! {
    /// The address cannot be listened at.
    ///
    /// Another program has the port, or the address is not of this machine. Port 0 takes any free one. The sandbox
    /// only listens on loopback.
    J761 = "address-not-free";
    /// A rule or a fault of the sandbox is not understood.
    ///
    /// `jemap sandbox --print-rules` shows rules; [docs/SANDBOX.md](../docs/SANDBOX.md) tells all that may stand
    /// in them, and the faults.
    J762 = "sandbox-rule-not-understood";
}
