//! All kits against the bytes one by one.

use super::{Kit, Level, Task, Wide};
use proptest::prelude::*;

/// The answers to all questions about some bytes.
type Answers = Vec<u64>;

struct Ask<'a>(&'a [u8; 32], &'a [u8; 32], u8, u64);

impl Task for Ask<'_> {
    type Out = Answers;

    #[inline(always)]
    fn run<K: Kit>(self, kit: K) -> Answers {
        let Ask(bytes, others, byte, word) = self;
        let (all, other) = (kit.load(bytes), kit.load(others));
        let classes = [
            all,
            all.is(byte),
            all.same(other),
            all.at_most(byte & 0x7f),
            all.minus(byte),
            all.with(byte).is(byte),
            all.is(byte).or(all.at_most(9)),
        ];
        let mut answers: Answers = classes.iter().map(|class| u64::from(class.bits())).collect();
        answers.push(kit.prefix_xor(word));
        answers
    }
}

fn by_hand(&Ask(bytes, others, byte, word): &Ask<'_>) -> Answers {
    let class = |is: &dyn Fn(u8, u8) -> bool| {
        let pairs = bytes.iter().zip(others).enumerate();
        pairs.fold(0, |bits, (i, (&b, &other))| bits | u64::from(is(b, other)) << i)
    };
    vec![
        class(&|b, _| b >= 0x80),
        class(&|b, _| b == byte),
        class(&|b, other| b == other),
        class(&|b, _| b <= byte & 0x7f),
        class(&|b, _| b.wrapping_sub(byte) >= 0x80),
        class(&|b, _| b | byte == byte),
        class(&|b, _| b == byte || b <= 9),
        (0..64).fold(0, |out, i| {
            let below = word & (u64::MAX >> (63 - i));
            out | u64::from(below.count_ones() % 2) << i
        }),
    ]
}

proptest! {
    #[test]
    fn all_kits_give_the_answers_of_the_bytes_one_by_one(
        bytes in prop::array::uniform32(prop_oneof![any::<u8>(), prop::sample::select(b"\"\\09{}\x1f\x20\x7f\x80".to_vec())]),
        mask in any::<u8>(),
        byte in any::<u8>(),
        word in any::<u64>(),
    ) {
        let others = bytes.map(|b| b & mask);
        for level in [Level::Base, Level::best()] {
            let ask = Ask(&bytes, &others, byte, word);
            let expected = by_hand(&ask);
            prop_assert_eq!(level.run(ask), expected);
        }
    }
}
