//! Spawn: a thread begins.

use spindle_event::CoreId;
use spindle_strand::{Me, Priority, Strand, StrandError};

use crate::join::JoinHandle;
use crate::packet::Packet;

/// What a thread is to have, as it is said before it begins.
#[derive(Clone, Copy, Debug)]
#[must_use = "nothing begins before `spawn`"]
pub struct Builder {
    strand: spindle_strand::Builder,
}

impl Builder {
    /// What threads have if nobody says otherwise.
    pub fn new() -> Self {
        Self { strand: Strand::build().name("thread") }
    }

    /// What it is called where strands are shown.
    pub fn name(self, name: &'static str) -> Self {
        Self { strand: self.strand.name(name) }
    }

    /// Its priority.
    pub fn priority(self, priority: Priority) -> Self {
        Self { strand: self.strand.priority(priority) }
    }

    /// It runs on that core and no other.
    pub fn core(self, core: CoreId) -> Self {
        Self { strand: self.strand.on(core) }
    }

    /// Its stack has at least so many bytes. What it calls of the kernel needs some of them.
    pub fn stack_bytes(self, bytes: usize) -> Self {
        Self { strand: self.strand.stack_bytes(bytes) }
    }

    /// Begins it: it runs `body`, and ends with that. Who drops the handle detaches it.
    ///
    /// # Errors
    /// [`StrandError`]; `body` was dropped.
    ///
    /// # Context
    /// Not in interrupt context. Allocates.
    pub fn spawn<F, T>(self, body: F) -> Result<JoinHandle<T>, StrandError>
    where
        F: FnOnce(&mut Me) -> T + Send + 'static,
        T: Send + 'static,
    {
        let (packet, mut end) = Packet::new();
        let strand = self.strand.start(move |me: &mut Me| {
            end.begin(me.strand());
            let value = body(me);
            end.finish(value);
        })?;
        Ok(JoinHandle::new(strand, packet))
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

/// Begins a thread that runs `body`, with what threads have if nobody says otherwise.
///
/// # Errors
/// [`StrandError`]; `body` was dropped.
///
/// # Context
/// Not in interrupt context. Allocates.
pub fn spawn<F, T>(body: F) -> Result<JoinHandle<T>, StrandError>
where
    F: FnOnce(&mut Me) -> T + Send + 'static,
    T: Send + 'static,
{
    Builder::new().spawn(body)
}
