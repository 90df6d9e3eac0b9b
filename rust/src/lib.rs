//! The native kernel of parityline: the bytes of `kernel/reference.py`, faster.

#![deny(unsafe_code)]

mod arrow;
mod binding;
mod canonical;
mod cells;
mod columns;
mod digests;
mod distinct;
mod distribution;
mod encoding;
mod exact;
mod foreign;
mod form;
mod numbers;
mod range;
mod reconciliation;
mod rows;
mod shape;
mod state;
mod totals;
mod values;
mod xxh3;
