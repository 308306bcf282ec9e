//! Codes of the book of record: J71x.

super::codes! {
    /// The book cannot be opened.
    ///
    /// Its folder is missing, or it may not be read or written. Check the path and its permissions; the book must
    /// lie on a local disk, not on a network share.
    J711 = "book-not-opened";
    /// The file is no book, or of a version that this jemap does not know.
    ///
    /// Name another file, or take the jemap that wrote it.
    J712 = "book-not-known";
    /// Another process keeps the book busy.
    ///
    /// Nothing was changed. Try again; `jemap status` works meanwhile.
    J713 = "book-busy";
    /// The disk is full, or the book may not grow.
    ///
    /// Nothing half is kept: what was said to be taken is there. Free some space and run the same command again.
    J714 = "book-full";
    /// The book is damaged.
    ///
    /// Stop, copy the book and its `-wal` file aside, and run `jemap store check`. What can be read is exported by
    /// `jemap export`.
    J715 = "book-damaged";
    /// No entry of the book has this key.
    ///
    /// `jemap list` shows the keys; a beginning of the natural key is enough there.
    J716 = "entry-not-found";
    /// An entry came again under the same key with other content.
    ///
    /// The first one stays as it is. Where the new content is right, `jemap edit KEY --with FILE`; where it is
    /// another entry, give it another key.
    J717 = "key-conflict";
    /// What was asked for is not allowed in the state of the entry.
    ///
    /// The message says why, and what may be done instead.
    J718 = "act-not-allowed";
    /// A destination resolves unknown outcomes by a look-up, but the mapping writes the entry's id into no field
    /// that can be looked up.
    ///
    /// Every look-up would find nothing, and the entry would be sent again. Write the id that the header has into a
    /// field too, or take another mode.
    J719 = "id-not-searchable";
    /// The mended data or mapping does not make the entry that is to be edited.
    ///
    /// An edit keeps the entry's key: the data must make exactly one document with it, by a mapping of the same name,
    /// and the XML must differ from what was there. Where the key is wrong, `jemap close KEY` it and `jemap send` the
    /// right data under another one.
    J720 = "edit-not-this-entry";
}
