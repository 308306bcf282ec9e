//! Codes of destinations: `jemap.toml` and what it names.

super::codes! {
    /// The configuration is no TOML.
    ///
    /// Mend the line; texts stand in quotes: `mode = "async"`.
    J731 = "configuration-not-readable";
    /// The configuration has a setting that there is not.
    ///
    /// Check its spelling, and the table it stands in: settings of a destination stand under `[destination.NAME]`.
    J732 = "setting-not-known";
    /// A setting's value is not one that it can have.
    ///
    /// The message says what is expected. docs/DESTINATIONS.md lists every setting with its default.
    J733 = "setting-not-valid";
    /// A setting without default is not given.
    ///
    /// Give it; docs/DESTINATIONS.md has an example of each kind of system.
    J734 = "setting-missing";
    /// There is no destination of this name.
    ///
    /// Add a table `[destination.NAME]` to `jemap.toml`, or name one that is there.
    J735 = "destination-not-known";
}
