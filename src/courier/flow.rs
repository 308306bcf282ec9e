//! How fast a destination is asked: a circuit that opens on outages, and a number of requests at once that
//! follows its answers. No clock and no randomness of its own: both are given, so that a run can be repeated.

use std::collections::VecDeque;

/// A second, in milliseconds.
const SECOND_MS: u64 = 1_000;

/// The first delay after an outage begins, at most, in milliseconds.
const DELAY_FIRST_MS: u64 = 1_000;

/// The longest delay of our own choosing, in milliseconds.
const DELAY_MAX_MS: u64 = 300_000;

/// The longest `Retry-After` that is honoured, in milliseconds.
const RETRY_AFTER_MAX_MS: u64 = 3_600_000;

/// How many requests at once a destination is asked with first.
const CONCURRENCY_FIRST: u32 = 2;

/// By how much more than usual an answer must take to count as slow, in milliseconds.
const SLOWER_MS: u64 = 100;

/// Whether a destination may be asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permit {
    /// As many requests as its concurrency allows.
    Go,
    /// One request, to see whether it is back; after it was sent, [`Circuit::probing`].
    Probe,
    /// None before this moment, in milliseconds.
    Wait(u64),
    /// None before the probe under way has ended.
    Probing,
}

/// The circuit of one destination: one outage is one thing, however many entries wait. It keeps entries where
/// they are; nothing is given up because a destination does not answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Circuit {
    /// Failures since the last clear answer.
    failures: u32,
    /// The moment of the next probe.
    until_ms: u64,
    /// When the outage began.
    since_ms: Option<u64>,
    probing: bool,
}

impl Circuit {
    /// Whether the destination may be asked.
    pub fn permit(&self, now_ms: u64) -> Permit {
        match self.since_ms {
            None => Permit::Go,
            Some(_) if self.probing => Permit::Probing,
            Some(_) if now_ms < self.until_ms => Permit::Wait(self.until_ms),
            Some(_) => Permit::Probe,
        }
    }

    /// The probe is under way.
    pub fn probing(&mut self) {
        self.probing = true;
    }

    /// The destination took or refused something: it is there.
    pub fn answered(&mut self) {
        *self = Circuit::default();
    }

    /// It could not be reached or did not want anything now. Full jitter: the delay is anything up to a
    /// ceiling that doubles from 1 s to 5 min; what it asked for by `Retry-After` is the least.
    pub fn failed(&mut self, now_ms: u64, retry_after_ms: Option<u64>, random: u64) {
        let ceiling = DELAY_FIRST_MS.saturating_mul(1 << self.failures.min(20)).min(DELAY_MAX_MS);
        self.open(now_ms, 1 + random % ceiling, retry_after_ms);
    }

    /// It is shut (login, address, method): asking more often mends nothing.
    pub fn shut(&mut self, now_ms: u64, random: u64) {
        self.open(now_ms, DELAY_MAX_MS / 2 + random % (DELAY_MAX_MS / 2), None);
    }

    /// The clock was set by so many milliseconds: the next probe is as far away as before.
    pub fn clock_was_set(&mut self, by_ms: i64) {
        self.until_ms = self.until_ms.saturating_add_signed(by_ms);
        self.since_ms = self.since_ms.map(|since| since.saturating_add_signed(by_ms));
    }

    /// When the outage began, if there is one.
    pub fn since_ms(&self) -> Option<u64> {
        self.since_ms
    }

    fn open(&mut self, now_ms: u64, delay_ms: u64, retry_after_ms: Option<u64>) {
        let asked = retry_after_ms.unwrap_or(0).min(RETRY_AFTER_MAX_MS);
        self.failures = self.failures.saturating_add(1);
        // Requests that were under way together fail together; the latest wait holds.
        self.until_ms = self.until_ms.max(now_ms.saturating_add(delay_ms.max(asked)));
        self.since_ms = self.since_ms.or(Some(now_ms));
        self.probing = false;
    }
}

/// How many requests may begin in any second.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rate {
    /// `None`: as many as there are.
    most: Option<usize>,
    /// When the latest began, the first of them first.
    begun: VecDeque<u64>,
}

impl Rate {
    /// So many a second, at least 1; `None`: no limit.
    pub fn new(most: Option<u32>) -> Rate {
        let most = most.map(|most| usize::try_from(most).unwrap_or(usize::MAX).max(1));
        Rate { most, begun: VecDeque::new() }
    }

    /// What the clock says. After one that was put back nobody knows how long ago they began: it counts as
    /// now.
    pub fn clock(&mut self, now_ms: u64) {
        self.begun.iter_mut().for_each(|at| *at = now_ms.min(*at));
    }

    /// The moment before which none may begin; `None`: one may.
    pub fn wait_until(&self, now_ms: u64) -> Option<u64> {
        let latest = self.begun.len().checked_sub(self.most?)?;
        let at = self.begun.get(latest)?.saturating_add(SECOND_MS);
        (now_ms < at).then_some(at)
    }

    /// One begins.
    pub fn begun(&mut self, now_ms: u64) {
        let Some(most) = self.most else { return };
        self.begun.push_back(now_ms);
        let old = now_ms.saturating_sub(SECOND_MS);
        while self.begun.len() > most || self.begun.front().is_some_and(|first| *first < old) {
            self.begun.pop_front();
        }
    }
}

/// How many requests at once a destination takes: one more after a round of good answers, half after a bad
/// one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concurrency {
    limit: u32,
    max: u32,
    /// Good answers since the limit last changed.
    good: u32,
    /// The usual latency, in 1/8 milliseconds, following slowly; 0 before the first answer.
    usual_eighths: u64,
    /// When the limit was last cut; what began earlier says nothing of the new limit.
    cut_ms: Option<u64>,
}

impl Concurrency {
    /// Up to `max` (at least 1) at once.
    pub fn new(max: u32) -> Concurrency {
        let max = max.max(1);
        Concurrency { limit: CONCURRENCY_FIRST.min(max), max, good: 0, usual_eighths: 0, cut_ms: None }
    }

    /// How many requests may be under way.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// An answer came. One that took more than twice the usual time, and a tenth of a second more than that
    /// time, counts as pushing back: where answers come within some milliseconds, twice as many mean nothing.
    pub fn answered(&mut self, began_ms: u64, now_ms: u64) {
        let took = now_ms.saturating_sub(began_ms).max(1);
        let usual = self.usual_eighths / 8;
        let slow = self.usual_eighths > 0 && took > usual.saturating_mul(2).max(usual + SLOWER_MS);
        self.usual_eighths = match self.usual_eighths {
            0 => took.saturating_mul(8),
            usual => usual - usual / 8 + took,
        };
        if slow {
            return self.pushed_back(began_ms, now_ms);
        }
        self.good += 1;
        if self.good >= self.limit {
            self.limit = (self.limit + 1).min(self.max);
            self.good = 0;
        }
    }

    /// "Not now", or no answer in time.
    pub fn pushed_back(&mut self, began_ms: u64, now_ms: u64) {
        self.good = 0;
        if self.cut_ms.is_some_and(|cut| began_ms <= cut) {
            return;
        }
        self.limit = (self.limit / 2).max(1);
        self.cut_ms = Some(now_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::{Circuit, Concurrency, Permit, Rate};

    #[test]
    fn an_outage_is_asked_less_and_less_often_by_one_request_at_a_time() {
        let mut circuit = Circuit::default();
        assert_eq!(circuit.permit(0), Permit::Go);
        let (mut now, mut ceilings) = (10, vec![]);
        for _ in 0..12 {
            circuit.failed(now, None, u64::MAX / 3 * 2 + 299_999);
            let Permit::Wait(until) = circuit.permit(now) else { panic!("it is open") };
            ceilings.push(until - now);
            assert_eq!(circuit.permit(until), Permit::Probe);
            circuit.probing();
            assert_eq!(circuit.permit(until), Permit::Probing);
            now = until;
        }
        assert!(ceilings.iter().all(|delay| (1..=300_000).contains(delay)), "{ceilings:?}");
        assert!(ceilings[0] <= 1_000 && ceilings[1] <= 2_000 && ceilings[2] <= 4_000, "{ceilings:?}");
        assert_eq!(circuit.since_ms(), Some(10), "one outage, however often it is seen");
        circuit.answered();
        assert_eq!((circuit.permit(now), circuit.since_ms()), (Permit::Go, None));
    }

    #[test]
    fn every_delay_up_to_the_ceiling_can_come() {
        let delays: Vec<u64> = (0..1_000)
            .map(|random| {
                let mut circuit = Circuit::default();
                circuit.failed(0, None, random);
                let Permit::Wait(until) = circuit.permit(0) else { panic!("it is open") };
                until
            })
            .collect();
        assert_eq!((delays.first(), delays.last()), (Some(&1), Some(&1_000)));
    }

    #[test]
    fn what_it_asks_for_is_the_least_up_to_an_hour() {
        for (asked, waits) in [(60_000, 60_000), (3_600_000, 3_600_000), (3_600_001, 3_600_000)] {
            let mut circuit = Circuit::default();
            circuit.failed(7, Some(asked), 0);
            circuit.failed(7, None, 0);
            assert_eq!(circuit.permit(7), Permit::Wait(7 + waits), "a later failure does not shorten it");
        }
    }

    #[test]
    fn a_shut_destination_is_not_stormed() {
        let mut circuit = Circuit::default();
        circuit.shut(0, 0);
        assert_eq!(circuit.permit(0), Permit::Wait(150_000));
    }

    #[test]
    fn more_at_once_while_all_is_well_and_half_when_it_is_not() {
        let mut at_once = Concurrency::new(8);
        assert_eq!(at_once.limit(), 2);
        for round in 0..100 {
            at_once.answered(round * 10, round * 10 + 10);
        }
        assert_eq!(at_once.limit(), 8, "up to what is allowed");
        at_once.pushed_back(1_000, 1_010);
        at_once.pushed_back(1_005, 1_011);
        assert_eq!(at_once.limit(), 4, "requests of one round cut once");
        at_once.pushed_back(1_020, 1_030);
        at_once.pushed_back(1_040, 1_050);
        at_once.pushed_back(1_060, 1_070);
        assert_eq!(at_once.limit(), 1, "never none");
    }

    #[test]
    fn slow_answers_push_back_and_a_lasting_change_becomes_usual() {
        let mut at_once = Concurrency::new(4);
        (0..20).for_each(|round| at_once.answered(round * 100, round * 100 + 100));
        assert_eq!(at_once.limit(), 4);
        at_once.answered(3_000, 3_300);
        assert_eq!(at_once.limit(), 2);
        (0..60).for_each(|round| at_once.answered(10_000 + round * 300, 10_300 + round * 300));
        assert_eq!(at_once.limit(), 4, "300 ms are usual now");
    }

    #[test]
    fn some_milliseconds_more_are_not_slow() {
        let mut at_once = Concurrency::new(8);
        (0..100).for_each(|round| at_once.answered(round * 100, round * 100 + 2 + round % 50));
        assert_eq!(at_once.limit(), 8);
    }

    /// In any second, whatever the steps of the clock, and with a clock that is put back an hour.
    #[test]
    fn no_second_has_more_than_the_rate() {
        for most in [1, 3, 600, 1_500] {
            let mut rate = Rate::new(Some(most));
            let (mut now, mut begun) = (10_000_000, vec![]);
            for step in 0..20_000_u64 {
                if rate.wait_until(now).is_none() {
                    rate.begun(now);
                    begun.push(now);
                } else {
                    now += step % 7;
                }
            }
            let most = most as usize;
            assert!(begun.len() > 4 * most, "{most}: only {}", begun.len());
            assert!(begun.windows(most + 1).all(|w| w[most] - w[0] >= 1_000), "{most}");
            let earlier = now - 3_600_000;
            rate.clock(earlier);
            while rate.wait_until(earlier).is_none() {
                rate.begun(earlier);
            }
            rate.clock(earlier + 1);
            assert_eq!(rate.wait_until(earlier + 1), Some(earlier + 1_000), "{most}: it waits no hour");
        }
        assert_eq!(Rate::new(None).wait_until(0), None);
    }

    #[test]
    fn at_least_one() {
        assert_eq!(Concurrency::new(0).limit(), 1);
    }
}
