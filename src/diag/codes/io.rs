//! Codes of the stage `io`: inputs, outputs, parameters and what is asked for on the command line.

super::codes! {
    /// An input cannot be read.
    ///
    /// The file is missing, may not be read, or the device failed. Check its path and its permissions.
    J601 = "input-not-read";
    /// An input is a directory.
    ///
    /// Name the files in it: `exports/*.json`.
    J602 = "input-is-directory";
    /// An input pattern fits no file.
    ///
    /// Check the pattern; quote it (`'exports/*.json'`) where the shell would change it.
    J603 = "input-pattern-empty";
    /// An input is given twice.
    ///
    /// Its documents would be written twice. Name each file once; patterns may overlap.
    J604 = "input-given-twice";
    /// The compression of an input is not one that jemap reads.
    ///
    /// gzip and zstd are read as they are. Unpack anything else first, for instance with `xz -dc FILE | jemap
    /// transform MAP -`.
    J605 = "compression-not-known";
    /// A compressed input is damaged or cut off.
    ///
    /// Fetch it again; `gzip -t FILE` or `zstd -t FILE` says whether it is whole.
    J606 = "compression-broken";
    /// The output cannot be written.
    ///
    /// The folder is missing, may not be written, or the disk is full. Nothing half is left behind.
    J611 = "output-not-written";
    /// The output folder already holds envelopes.
    ///
    /// They might be posted again together with the new ones. Take another folder, or `--force` to replace
    /// them.
    J612 = "output-exists";
    /// The output is one of the files that are read.
    ///
    /// Write to another file.
    J613 = "output-is-input";
    /// Several envelopes do not fit into one file.
    ///
    /// `--split` makes several envelopes: give a folder, `-o out/`.
    J614 = "split-needs-folder";
    /// A parameter is given that the mapping does not declare.
    ///
    /// `jemap plan MAP` lists the parameters. Check the spelling, or declare it: `param NAME: TYPE`.
    J621 = "parameter-not-declared";
    /// A parameter without default is not given.
    ///
    /// Give it with `--param NAME=VALUE`, or a default in the mapping: `param NAME: TYPE = "…"`.
    J622 = "parameter-missing";
    /// A parameter's value does not fit its declared type.
    ///
    /// Give a value of the type that the message names.
    J623 = "parameter-not-valid";
    /// An environment variable that a parameter takes its value from is not set.
    ///
    /// Set the variable, or give the parameter with `--param NAME=VALUE`.
    J624 = "variable-not-set";
    /// A simulation is asked for, but the message cannot say so.
    ///
    /// The contract has no element for it, or the mapping fills it itself: take that line out of the mapping.
    J625 = "simulation-not-possible";
    /// More documents were refused than `--max-rejects` or `--fail-fast` allow.
    ///
    /// The run ended there and the output was not kept. Mend the refused documents, or allow more.
    J631 = "too-many-rejects";
    /// The run was stopped from outside.
    ///
    /// Files that were not complete were removed. Run it again.
    J632 = "stopped";
    /// The mapping file cannot be read.
    ///
    /// Check its path; it must be UTF-8 text.
    J641 = "mapping-not-read";
    /// A sample is not one that a first mapping can be made from.
    ///
    /// It should be JSON that holds at least one object.
    J642 = "sample-not-understood";
    /// There is nothing of this name.
    ///
    /// The command without a name lists what there is.
    J651 = "name-not-known";
    /// The value of an option is not understood.
    ///
    /// `jemap COMMAND --help` shows what is meant, with examples.
    J652 = "option-not-understood";
}
