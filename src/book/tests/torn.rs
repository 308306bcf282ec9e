//! What a power cut leaves of a log: frames that are cut, overwritten, missing, or came in another order.

use super::{Folder, begin, count, finish, open, send, take};
use crate::fate::{Mode, Phase};
use std::path::{Path, PathBuf};

/// The log's own header, and that of each frame; a frame holds one page.
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
const PAGE: usize = 4096;

fn wal(book: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", book.display()))
}

struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 20) as usize % end
    }
}

/// A copy with this log: what was committed is there, nothing of the next batch is there in part, and the same
/// batches again complete it.
#[track_caller]
fn opens(copy: &Path, main: &[u8], log: &[u8], what: &str) {
    std::fs::write(copy, main).unwrap();
    std::fs::write(wal(copy), log).unwrap();
    let _ = std::fs::remove_file(format!("{}-shm", copy.display()));
    let mut again = open(copy);
    let (ready, received) = (count(&again, Phase::Ready), count(&again, Phase::Received));
    assert!(matches!((ready, received), (30, 0 | 30) | (60, 0)), "{what}: {ready} {received}");
    assert_eq!(again.check(), [], "{what}");
    let mut intake = begin(&mut again, Mode::Async);
    take(&mut intake, 0..60, "a").unwrap();
    let rest = finish(intake).unwrap();
    assert_eq!(rest.taken + rest.adopted + rest.duplicates, 60, "{what}");
    assert_eq!(count(&again, Phase::Ready), 60, "{what}");
    drop(again);
    let _ = std::fs::remove_file(wal(copy));
}

/// The log ends, or is overwritten, at each frame behind the last commit that was heard of, at its edges and
/// within; frames came to the disk in another order than they were written, or not at all.
#[test]
fn torn_at_each_frame_and_in_any_order_nothing_is_lost() {
    let folder = Folder::new();
    let mut book = open(&folder.book());
    send(&mut book, Mode::Async, 0..30, "a").unwrap();
    let kept = std::fs::metadata(wal(&folder.book())).unwrap().len() as usize;
    send(&mut book, Mode::Async, 30..60, "a").unwrap();
    let main = std::fs::read(folder.book()).unwrap();
    let log = std::fs::read(wal(&folder.book())).unwrap();
    let frame = FRAME_HEADER + PAGE;
    assert_eq!(((kept - LOG_HEADER) % frame, (log.len() - LOG_HEADER) % frame), (0, 0));
    let copy = folder.0.join("copy.book");
    let starts: Vec<usize> = (kept..log.len()).step_by(frame).collect();
    assert!(starts.len() >= 15, "{}", starts.len());
    for start in &starts {
        for cut in [*start, start + 1, start + FRAME_HEADER, start + frame / 2, start + frame - 1] {
            opens(&copy, &main, &log[..cut], &format!("ends at {cut}"));
        }
        // the frame is there with its header, and the page is of something else
        for (from, to, byte) in
            [(FRAME_HEADER, frame, 0), (0, FRAME_HEADER, 0xa5), (frame - 512, frame, 0xff)]
        {
            let mut torn = log.clone();
            torn[start + from..start + to].fill(byte);
            opens(&copy, &main, &torn, &format!("{byte:x} from {from} of the frame at {start}"));
        }
    }
    let mut random = Random(1);
    for _ in 0..100 {
        let mut torn = log.clone();
        for start in &starts {
            match random.below(4) {
                // it did not come to the disk
                0 => torn[*start..start + frame].fill(0),
                // it came to another's place
                1 => {
                    let other = starts[random.below(starts.len())];
                    let bytes = log[other..other + frame].to_vec();
                    torn[*start..start + frame].copy_from_slice(&bytes);
                }
                _ => {}
            }
        }
        opens(&copy, &main, &torn, "frames in any order");
    }
}
