//! The job as fast as we know how to write it by hand, for this job alone: one pass over a small window, the usual key
//! order tried first by comparing literals, only the fields of the job touched, values copied from the input straight
//! into the output. What the other programs check of the JSON they skip, this one does not: it is the limit, no product.
//! Build it for AVX2 (x86-64-v3 and pclmulqdq), as `benches/compare/run.sh` does.

#![allow(
    unsafe_op_in_unsafe_fn,
    reason = "every function here works on raw windows; the rules stand in `scan`"
)]

#[cfg(all(target_feature = "avx2", target_feature = "bmi2", target_feature = "pclmulqdq"))]
mod emit;
#[cfg(all(target_feature = "avx2", target_feature = "bmi2", target_feature = "pclmulqdq"))]
mod fields;
#[cfg(all(target_feature = "avx2", target_feature = "bmi2", target_feature = "pclmulqdq"))]
mod job;
#[cfg(all(target_feature = "avx2", target_feature = "bmi2", target_feature = "pclmulqdq"))]
mod scan;

#[cfg(all(target_feature = "avx2", target_feature = "bmi2", target_feature = "pclmulqdq"))]
fn main() -> Result<(), compare::Failure> {
    job::run(compare::Arguments::read()?)
}

#[cfg(not(all(target_feature = "avx2", target_feature = "bmi2", target_feature = "pclmulqdq")))]
fn main() -> Result<(), compare::Failure> {
    Err("built without AVX2: use benches/compare/run.sh".into())
}
