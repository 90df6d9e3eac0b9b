//! Work that one thread gives out, and that it does together with others.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

pub struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    waiting: VecDeque<T>,
    closed: bool,
}

impl<T> Queue<T> {
    pub fn new() -> Self {
        Queue { state: Mutex::new(State { waiting: VecDeque::new(), closed: false }), changed: Condvar::new() }
    }

    pub fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    pub fn push(&self, items: impl IntoIterator<Item = T>) {
        self.state().waiting.extend(items);
        self.changed.notify_all();
    }

    /// The next item, where more than so many wait.
    pub fn next(&self, beyond: usize) -> Option<T> {
        let mut state = self.state();
        (state.waiting.len() > beyond).then(|| state.waiting.pop_front()).flatten()
    }

    /// The next item, which may still have to come; None once the queue is closed and empty.
    pub fn wait(&self) -> Option<T> {
        let over = |state: &mut State<T>| state.waiting.is_empty() && !state.closed;
        let mut state = self.changed.wait_while(self.state(), over).unwrap_or_else(PoisonError::into_inner);
        state.waiting.pop_front()
    }

    /// Closes the queue when it is dropped, so that nobody waits for one who broke off.
    pub fn giver(&self) -> Giver<'_, T> {
        Giver(self)
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub struct Giver<'a, T>(&'a Queue<T>);

impl<T> Drop for Giver<'_, T> {
    fn drop(&mut self) {
        self.0.state().closed = true;
        self.0.changed.notify_all();
    }
}
