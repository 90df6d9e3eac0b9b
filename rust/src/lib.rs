//! The native kernel of parityline: the bytes of `kernel/reference.py`, faster.

#![deny(unsafe_code)]

mod arrow;
mod binding;
mod block;
mod canonical;
mod cells;
mod column_state;
mod columns;
mod compact;
mod dense;
mod digests;
mod distinct;
mod distribution;
mod encoding;
mod entities;
mod exact;
mod foreign;
mod form;
mod group_totals;
mod groups;
mod numbers;
mod queue;
mod range;
mod rare;
mod reconciliation;
mod rows;
mod sealing;
mod shape;
mod state;
mod totals;
mod values;
mod xxh3;
