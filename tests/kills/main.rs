//! Proof that nothing is lost and nothing doubled, whatever ends the program and whenever: the judge is the
//! ledger of a sandbox in another process, which is never killed.
//!
//! `JEMAP_KILLS=N` sets how many times the program is killed at random, `JEMAP_SEED=N` what is begun between the
//! kills, and `JEMAP_PROGRAM=PATH` which program is tried: without it, the one of this build.

#![cfg(unix)]

#[allow(dead_code)]
#[path = "../support/beside.rs"]
mod beside;
#[cfg(target_os = "linux")]
mod clock;
mod cycles;
mod ground;
mod judge;
mod points;
mod processes;
mod upgrade;
#[cfg(target_os = "linux")]
mod writes;
