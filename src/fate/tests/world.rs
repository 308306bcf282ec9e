//! A world around one entry: a source that sends again, a store that survives a kill, workers, a network
//! that loses and delays, a receiver with or without memory, its inbox, an operator who tells the truth.

use super::super::entry::{Entry, Mode, Phase};
use super::super::input::{Answer, Input};
use super::super::rules::{Rule, Rules};
use super::super::step::step_by;

/// Attempts that a world can hold; the budget of troubles keeps it below.
const SLOTS: usize = 8;

/// What is taken out of the design in one run.
#[derive(Clone, Copy)]
pub(super) struct Design {
    pub rules: Rules,
    /// Rule 1 is off: the source is told before the commit.
    pub tells_early: bool,
    /// Rule 4 is off: every attempt has an id of its own.
    pub new_id_each_attempt: bool,
    /// Rule 8 is off on the side of the envelope: all revisions have one id.
    pub one_id: bool,
    /// Rule 12 is off: a worker does not look at its epoch before it writes.
    pub unfenced: bool,
    /// Rule 13 is off: an ended entry is deleted, its key too.
    pub deletes: bool,
}

/// Whether the receiver refuses revision 0: never, always, or as it likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refuses {
    Never,
    Always,
    AsItLikes,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    pub mode: Mode,
    pub workers: usize,
    pub refuses: Refuses,
    /// How many troubles may come: kills, losses, early time-outs, refusals to take, lost leases.
    pub troubles: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Intake {
    Idle,
    Read,
    Rows,
    Final,
    ToldEarly,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inbox {
    None,
    Queued,
    Error,
    Done,
    Cancelled,
    Two,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Worker {
    Idle,
    /// Between the commit of the intent and the first byte.
    Before {
        attempt: u8,
        epoch: u8,
    },
    Waits {
        attempt: u8,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Ok,
    Refused,
    Busy,
    TooLarge,
    Technical,
}

/// One attempt on the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Slot {
    id: u8,
    revision: u8,
    under_way: bool,
    said: Said,
}

const EMPTY: Slot = Slot { id: 0, revision: 0, under_way: false, said: Said::Nothing };

#[derive(Debug, Clone, Copy)]
pub(super) struct World {
    up: bool,
    intake: Intake,
    entry: Option<Entry>,
    workers: [Worker; 2],
    slots: [Slot; SLOTS],
    /// Ids that the receiver remembers, as bits.
    seen: u8,
    inbox: Inbox,
    inbox_revision: u8,
    /// Confirmations that the receiver has sent, as bits: revision 0 refused, revision 0 posted, 1 posted,
    /// and so on; they may arrive whenever, and as often as they like.
    confirmations: u8,
    posted: u8,
    told: bool,
    submitted: u8,
    troubles: u8,
    epoch: u8,
    /// The id of the envelope that was sealed last.
    id: u8,
}

/// A move: its name, whether a person closes by it, and where it leads.
pub(super) type Move = (&'static str, World);

impl World {
    pub fn new(setting: &Setting) -> World {
        World {
            up: true,
            intake: Intake::Idle,
            entry: None,
            workers: [Worker::Idle; 2],
            slots: [EMPTY; SLOTS],
            seen: 0,
            inbox: Inbox::None,
            inbox_revision: 0,
            confirmations: 0,
            posted: 0,
            told: false,
            submitted: 0,
            troubles: setting.troubles,
            epoch: 0,
            id: 0,
        }
    }

    /// All of it in one number, so that it is quickly found again.
    pub fn packed(&self) -> u128 {
        let mut sum: u128 = 0;
        let mut put = |value: u32, bits: u32| {
            debug_assert!(value >> bits == 0, "{value} has {bits} bits");
            sum = sum << bits | u128::from(value);
        };
        for slot in &self.slots {
            put(u32::from(slot.id), 3);
            put(u32::from(slot.revision), 2);
            // An answer can only be there when the request has arrived.
            put(if slot.under_way { 6 } else { slot.said as u32 }, 3);
        }
        for worker in self.workers {
            put(
                match worker {
                    Worker::Idle => 0,
                    Worker::Before { attempt, epoch } => 1 + u32::from(attempt) * 2 + u32::from(epoch),
                    Worker::Waits { attempt } => 20 + u32::from(attempt),
                },
                5,
            );
        }
        match self.entry {
            None => put(15, 4),
            Some(entry) => put(entry.phase as u32, 4),
        }
        let entry = self.entry.unwrap_or(Entry::new(Mode::Async));
        put(u32::from(entry.revision), 2);
        put(entry.attempt, 4);
        put(u32::from(entry.marks()), 9);
        put(u32::from(self.up), 1);
        put(self.intake as u32, 3);
        put(u32::from(self.seen), 8);
        put(self.inbox as u32, 3);
        put(u32::from(self.inbox_revision), 2);
        put(u32::from(self.confirmations), 5);
        put(u32::from(self.posted), 2);
        put(u32::from(self.told), 1);
        put(u32::from(self.submitted), 2);
        put(u32::from(self.troubles), 3);
        put(u32::from(self.epoch), 1);
        put(u32::from(self.id), 3);
        sum
    }

    pub fn wrong(&self) -> Option<&'static str> {
        if self.posted > 1 {
            return Some("POSTED TWICE");
        }
        let phase = self.entry.map(|e| e.phase);
        let there = phase.is_some_and(|p| p != Phase::Received);
        if self.told && !there && self.intake == Intake::Idle {
            return Some("LOST: taken was said");
        }
        (phase == Some(Phase::Posted) && self.posted == 0).then_some("LOST: posted was shown")
    }

    /// Nobody needs to wait here: it has ended, or a person has it.
    pub fn rests(&self) -> bool {
        self.entry.is_some_and(|e| e.phase.ended() || e.phase == Phase::Parked)
    }

    pub fn is_told(&self) -> bool {
        self.told
    }

    /// Nothing that was sent can arrive any more: what the settle time makes sure of.
    fn quiet(&self) -> bool {
        !self.slots.iter().any(|s| s.under_way)
            && !self.workers.iter().any(|w| match w {
                Worker::Idle => false,
                Worker::Before { epoch, .. } => *epoch == self.epoch,
                Worker::Waits { .. } => true,
            })
    }

    fn trouble(mut self) -> Option<World> {
        self.troubles = self.troubles.checked_sub(1)?;
        Some(self)
    }

    fn slot(&self, attempt: u8) -> &Slot {
        &self.slots[usize::from(attempt) - 1]
    }

    fn slot_mut(&mut self, attempt: u8) -> &mut Slot {
        &mut self.slots[usize::from(attempt) - 1]
    }
}

/// All that can happen next.
pub(super) struct Moves<'a> {
    pub setting: &'a Setting,
    pub design: &'a Design,
    pub out: &'a mut Vec<Move>,
}

impl Moves<'_> {
    pub fn of(&mut self, world: &World) {
        self.out.clear();
        self.network(world);
        self.inbox(world);
        if !world.up {
            let mut next = World { up: true, ..*world };
            if let Some(entry) = world.entry {
                next.entry =
                    step_by(self.design.rules, entry, Input::Interrupted).ok().map(|step| step.entry);
            }
            self.out.push(("start again", next));
            return;
        }
        self.intake(world);
        if let Some(down) = world.trouble() {
            let mut next = World { up: false, intake: Intake::Idle, workers: [Worker::Idle; 2], ..down };
            next.slots.iter_mut().for_each(|slot| slot.said = Said::Nothing);
            self.out.push(("kill", next));
        }
        let Some(entry) = world.entry else { return };
        for worker in 0..self.setting.workers {
            self.worker(world, entry, worker);
        }
        self.keeper(world, entry);
        self.person(world, entry);
    }

    /// The input, if it is allowed.
    fn give(&mut self, name: &'static str, world: World, input: Input) {
        let Some(entry) = world.entry else { return };
        if let Ok(step) = step_by(self.design.rules, entry, input) {
            self.out.push((name, World { entry: Some(step.entry), ..world }));
        }
    }

    fn intake(&mut self, world: &World) {
        let (push, w) = (&mut *self.out, *world);
        match w.intake {
            Intake::Idle if w.submitted < 2 => {
                push.push(("submit", World { intake: Intake::Read, submitted: w.submitted + 1, ..w }));
            }
            Intake::Idle => {}
            Intake::Read if self.design.tells_early => {
                push.push(("tell", World { intake: Intake::ToldEarly, told: true, ..w }));
            }
            Intake::Read | Intake::ToldEarly => {
                let entry = w.entry.or(Some(Entry::new(self.setting.mode)));
                push.push(("write rows", World { intake: Intake::Rows, entry, ..w }));
            }
            Intake::Rows if w.entry.is_some_and(|e| e.phase == Phase::Received) => {
                let w = World { intake: Intake::Final, ..w };
                self.give("commit the batch", w, Input::Committed { mapped: true });
                if self.setting.refuses == Refuses::AsItLikes {
                    self.give("commit the batch, data rejected", w, Input::Committed { mapped: false });
                }
            }
            Intake::Rows => push.push(("it is known", World { intake: Intake::Final, ..w })),
            Intake::Final => push.push(("tell", World { intake: Intake::Idle, told: true, ..w })),
        }
    }

    fn worker(&mut self, world: &World, entry: Entry, number: usize) {
        let w = *world;
        match w.workers[number] {
            Worker::Idle => self.intend(w, entry, number),
            Worker::Before { attempt, epoch } => {
                let mut next = w;
                if epoch == w.epoch || self.design.unfenced {
                    next.workers[number] = Worker::Waits { attempt };
                    next.slot_mut(attempt).under_way = true;
                    self.out.push(("write", next));
                } else {
                    next.workers[number] = Worker::Idle;
                    self.out.push(("fenced", next));
                }
            }
            Worker::Waits { attempt } => {
                let slot = *w.slot(attempt);
                let mut next = w;
                next.workers[number] = Worker::Idle;
                next.slot_mut(attempt).said = Said::Nothing;
                let ended =
                    |answer| Input::Answered { revision: slot.revision, attempt: u32::from(attempt), answer };
                let lost = !slot.under_way && slot.said == Said::Nothing;
                if let Some(next) = if lost { Some(next) } else { next.trouble() } {
                    self.give("time out", next, ended(Answer::Unknown));
                }
                match slot.said {
                    Said::Nothing => {}
                    Said::Ok if self.setting.mode == Mode::Async => {
                        self.give("told: taken", next, ended(Answer::Taken));
                    }
                    Said::Ok => self.give("told: posted", next, ended(Answer::Posted)),
                    Said::Refused => self.give("told: refused", next, ended(Answer::Refused)),
                    Said::Busy => self.give("told: not now", next, ended(Answer::NotTaken)),
                    Said::TooLarge => self.give("told: too large", next, ended(Answer::TooLarge)),
                    Said::Technical => {
                        self.give("told: unreadable", next, ended(Answer::RefusedTechnical));
                    }
                }
            }
        }
    }

    fn intend(&mut self, w: World, entry: Entry, number: usize) {
        // Where no intent is written, only the memory of the process keeps a second one away.
        if !entry.open && w.workers.iter().any(|other| *other != Worker::Idle) && !self.intent_is_written() {
            return;
        }
        let Ok(step) = step_by(self.design.rules, entry, Input::Intend) else { return };
        let attempt = u8::try_from(step.entry.attempt).expect("attempts are few");
        if usize::from(attempt) > SLOTS {
            // Only a design that lacks a rule sends without end.
            assert!(self.design.rules != Rules::ALL, "the budget of troubles bounds the attempts");
            return;
        }
        let mut next = World { entry: Some(step.entry), ..w };
        next.workers[number] = Worker::Before { attempt, epoch: w.epoch };
        let id = if self.design.new_id_each_attempt { attempt - 1 } else { w.id };
        *next.slot_mut(attempt) = Slot { id, revision: entry.revision, ..EMPTY };
        self.out.push(("intend", next));
    }

    fn intent_is_written(&self) -> bool {
        self.design.rules.hold(Rule::IntentIsWritten)
    }

    /// What the process does by itself.
    fn keeper(&mut self, world: &World, entry: Entry) {
        let w = *world;
        if entry.phase == Phase::Ready {
            let id = if self.design.one_id { 0 } else { w.id + 1 };
            self.give("seal", World { id, ..w }, Input::Seal);
        }
        if self.setting.workers == 2
            && entry.open
            && w.epoch == 0
            && let Some(next) = w.trouble()
        {
            self.give("lease lost", World { epoch: 1, ..next }, Input::Interrupted);
        }
        if w.quiet() && entry.unsettled {
            self.give("settle time over", w, Input::Settled);
        }
        if w.quiet() && entry.doubtful && entry.mode.remembers() && w.seen != 0 {
            self.give("memory over", World { seen: 0, ..w }, Input::Forgotten);
        }
        if entry.phase == Phase::InDoubt && entry.mode.remembers() {
            self.give("another of its envelope must not be sent", w, Input::Withheld);
        }
        if entry.mode == Mode::SyncLookup && entry.phase == Phase::InDoubt {
            self.give("look up", w, Input::LookedUp { found: w.posted > 0 });
            if w.posted > 0 && !entry.absent_once {
                self.give("look up, not shown yet", w, Input::LookedUp { found: false });
            }
        }
        for bit in 0..5u8 {
            let (revision, posted) = (bit.saturating_sub(1), bit > 0);
            if w.confirmations >> bit & 1 != 0 {
                self.give("confirmation", w, Input::Confirmed { revision, posted });
            }
        }
        if entry.phase == Phase::Accepted {
            self.give("silence", w, Input::Silence);
        }
        if self.design.deletes && entry.phase.ended() {
            self.out.push(("delete", World { entry: None, told: false, ..w }));
        }
    }

    /// An operator who looks before speaking.
    fn person(&mut self, world: &World, entry: Entry) {
        let w = *world;
        let absent = w.posted == 0 && matches!(w.inbox, Inbox::None | Inbox::Cancelled);
        // The world tells four revisions apart.
        if entry.phase == Phase::Parked && w.quiet() && absent && entry.revision < 3 {
            self.give("retry: it is absent", w, Input::Retry { absent: true });
        }
        if w.posted > 0 && entry.phase != Phase::Posted {
            self.give("settle by hand", w, Input::SettledByHand);
        }
        if w.inbox == Inbox::Cancelled {
            self.give("say: cancelled there", w, Input::Cancelled);
        }
        if entry.revision == 0 {
            let inbox = if w.inbox == Inbox::Cancelled { Inbox::None } else { w.inbox };
            let w = World { inbox, ..w };
            if entry.phase == Phase::Ready && self.setting.refuses != Refuses::AsItLikes {
                return;
            }
            self.give("edit", w, Input::Edit { mapped: true });
        }
        self.give(CLOSE, w, Input::Close);
    }

    fn network(&mut self, world: &World) {
        for at in 0..SLOTS {
            let slot = world.slots[at];
            let attempt = at as u8 + 1;
            let waits = world.workers.contains(&Worker::Waits { attempt });
            if slot.said != Said::Nothing
                && let Some(mut next) = world.trouble()
            {
                next.slots[at].said = Said::Nothing;
                self.out.push(("lose the answer", next));
            }
            if !slot.under_way {
                continue;
            }
            let mut arrived = *world;
            arrived.slots[at].under_way = false;
            let says = |mut w: World, said| {
                w.slots[at].said = if waits { said } else { Said::Nothing };
                w
            };
            if let Some(troubled) = arrived.trouble() {
                self.out.push(("lose the request", troubled));
                if waits {
                    self.out.push(("not now", says(troubled, Said::Busy)));
                    self.out.push(("too large", says(troubled, Said::TooLarge)));
                    if slot.revision == 0 {
                        self.out.push(("unreadable", says(troubled, Said::Technical)));
                    }
                }
            }
            self.receive(arrived, slot, &says);
        }
    }

    fn receive(&mut self, w: World, slot: Slot, says: &dyn Fn(World, Said) -> World) {
        let known = self.setting.mode.remembers() && w.seen >> slot.id & 1 != 0;
        let may_refuse = slot.revision == 0 && self.setting.refuses != Refuses::Never;
        let may_post = slot.revision > 0 || self.setting.refuses != Refuses::Always;
        if known {
            self.out.push(("known already", says(w, Said::Ok)));
            return;
        }
        let remembers = if self.setting.mode.remembers() { w.seen | 1 << slot.id } else { w.seen };
        if self.setting.mode == Mode::Async {
            let next = if matches!(w.inbox, Inbox::None | Inbox::Cancelled | Inbox::Done) {
                World { inbox: Inbox::Queued, inbox_revision: slot.revision, seen: remembers, ..w }
            } else {
                World { inbox: Inbox::Two, seen: remembers, ..w }
            };
            self.out.push(("take", says(next, Said::Ok)));
            return;
        }
        if may_post {
            let next = World { posted: w.posted + 1, seen: remembers, ..w };
            self.out.push(("post", says(next, Said::Ok)));
        }
        if may_refuse {
            self.out.push(("refuse", says(w, Said::Refused)));
        }
    }

    /// The receiver's own inbox of asynchronous messages, where its people mend, restart and cancel.
    fn inbox(&mut self, world: &World) {
        let w = *world;
        let first = w.inbox_revision == 0;
        let confirm = |bit: u8| w.confirmations | 1 << bit;
        let done = World {
            inbox: Inbox::Done,
            posted: w.posted + 1,
            confirmations: confirm(w.inbox_revision + 1),
            ..w
        };
        match w.inbox {
            Inbox::Queued => {
                if !first || self.setting.refuses != Refuses::Always {
                    self.out.push(("inbox posts", done));
                }
                if first && self.setting.refuses != Refuses::Never {
                    let next = World { inbox: Inbox::Error, confirmations: confirm(0), ..w };
                    self.out.push(("inbox refuses", next));
                }
            }
            Inbox::Error => {
                self.out.push(("inbox: mended and restarted", done));
                self.out.push(("inbox: cancelled", World { inbox: Inbox::Cancelled, ..w }));
            }
            Inbox::Two => {
                self.out.push(("inbox posts both", World { posted: 2, inbox: Inbox::Done, ..w }));
            }
            Inbox::None | Inbox::Done | Inbox::Cancelled => {}
        }
    }
}

/// The move that ends anything, so it proves nothing about being stuck.
pub(super) const CLOSE: &str = "close";
