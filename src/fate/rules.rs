//! The rules that can be taken out, to see that each is needed. Outside tests there is only one value.

/// Which rules hold; made only here, so the delivered program keeps all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rules {
    /// The numbers of the rules that do not hold, as bits.
    off: u32,
}

/// A rule, or a part of one, that [`super::step`] keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Rule {
    /// 2
    IntentIsWritten,
    /// 3
    UnknownIsNotGuessed,
    /// 4
    FrozenWhileInDoubt,
    /// 5
    PostedPerEntry,
    /// 6
    OutcomeOfLatestAttempt,
    /// 6
    OutcomeOfThisRevision,
    /// 7
    LookUpAfterSettling,
    /// 7
    AbsentTwice,
    /// 8
    EditIsNewRevision,
    /// 9
    RefusalTrustedWhenSettled,
    /// 9 and 10
    EditWhenSettled,
    /// 10
    EditWhenNotUnderWay,
    /// 11
    EditWhenNotHeld,
    /// 12
    LostLeaseIsDoubt,
    /// 8
    RetryIsNewRevision,
    /// 9
    UnreadableSaysNothing,
    /// The end of the receiver's memory.
    ParkedWhenForgotten,
}

impl Rules {
    /// What the program keeps.
    pub(super) const ALL: Rules = Rules { off: 0 };

    /// Whether a rule holds.
    #[inline(always)]
    pub(super) fn hold(self, rule: Rule) -> bool {
        self.off >> rule as u8 & 1 == 0
    }

    #[cfg(test)]
    pub(super) fn without(self, rule: Rule) -> Rules {
        Rules { off: self.off | 1 << rule as u8 }
    }
}
