//! Local: a value of which each thread has its own.
//!
//! ```ignore
//! static CALLS: Local<u32> = Local::new(|| 0);
//! CALLS.with(me, |calls| *calls += 1)?;
//! ```
//!
//! Invariants: a thread's value is made when it first uses it, is never shown to another thread, and is dropped by the thread itself at
//! its end. That of a strand which ended otherwise, or was not begun by [`spawn`](crate::spawn()), is dropped when the
//! next one gets its value. While `with` runs the value is out of its place.

use alloc::vec::Vec;
use core::fmt;

use spindle_domain::Mutex as Section;
use spindle_strand::{Me, State, Strand};

use crate::notes::{self, AtEnd};

/// A value for each thread. It is a `static`.
pub struct Local<T> {
    make: fn() -> T,
    places: Section<Vec<Place<T>>>,
}

struct Place<T> {
    strand: Strand,
    /// None while it is in use, or is being made.
    value: Option<T>,
}

/// Why a thread does not get its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LocalError {
    /// The thread uses it already, or was given up while it did.
    InUse {
        /// Its strand.
        strand: Strand,
    },
    /// There is no memory for one more.
    NoMemory {
        /// How many threads have one.
        values: usize,
    },
    /// The values are not to be had: who looked for one last was ended in the middle.
    Lost(spindle_domain::LockError),
}

impl fmt::Display for LocalError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse { strand } => write!(out, "strand {strand} uses its value already"),
            Self::NoMemory { values } => {
                write!(out, "no memory for one more than the {values} values there are")
            }
            Self::Lost(why) => write!(out, "the values are not to be had: {why}"),
        }
    }
}

impl core::error::Error for LocalError {}

/// What is found in a thread's place.
enum Found<T> {
    Value(T),
    /// A place was made; and this was in that of one that has ended.
    New(Option<T>),
}

impl<T: Send> Local<T> {
    /// Each thread's value is made by `make`, when it first uses it.
    pub const fn new(make: fn() -> T) -> Self {
        Self { make, places: Section::new(Vec::new()) }
    }

    /// Runs `work` on the value of the thread that runs this.
    ///
    /// # Errors
    /// [`LocalError`]; `work` was not run.
    pub fn with<R>(&'static self, me: &Me, work: impl FnOnce(&mut T) -> R) -> Result<R, LocalError> {
        let strand = me.strand();
        let mut value = match self.places.with(|places| take(places, strand)).map_err(LocalError::Lost)?? {
            Found::Value(value) => value,
            Found::New(old) => {
                drop(old);
                // If there is no memory for that, it is dropped when the next one gets its value.
                let _ = notes::at_end(strand, self);
                (self.make)()
            }
        };
        let result = work(&mut value);
        let kept = self.places.with(|places| match places.iter_mut().find(|place| place.strand == strand) {
            Some(place) => place.value.replace(value),
            None => Some(value),
        });
        drop(kept);
        Ok(result)
    }
}

/// Takes the value of `strand` out of its place, or makes a place: that of one that has ended, or else a new one.
fn take<T>(places: &mut Vec<Place<T>>, strand: Strand) -> Result<Found<T>, LocalError> {
    if let Some(place) = places.iter_mut().find(|place| place.strand == strand) {
        return place.value.take().map(Found::Value).ok_or(LocalError::InUse { strand });
    }
    if let Some(place) = places.iter_mut().find(|place| place.strand.state() == State::Ended) {
        place.strand = strand;
        return Ok(Found::New(place.value.take()));
    }
    places.try_reserve(1).map_err(|_| LocalError::NoMemory { values: places.len() })?;
    places.push(Place { strand, value: None });
    Ok(Found::New(None))
}

impl<T: Send> AtEnd for Local<T> {
    fn end(&self, strand: Strand) {
        let own = self.places.with(|places| {
            let place = places.iter().position(|place| place.strand == strand)?;
            Some(places.swap_remove(place))
        });
        drop(own);
    }
}

impl<T> fmt::Debug for Local<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Local").finish_non_exhaustive()
    }
}
