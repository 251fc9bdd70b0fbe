//! The events of strands.

use spindle_event::{Event, Key};

use crate::STRANDS;
use crate::strand::Strand;

/// Which strand: what its handlers are found by.
pub(crate) static STRAND: Key<Strand> = Key::new("strand", |strand: &Strand| strand.number());

/// Raised to tell a strand's scheduler that it can't run for now. The global scheduler's handler has it leave its core
/// at the next opportunity.
pub static BLOCK: Event<Strand> = Event::new("strand-block", &STRANDS).with_keys(&[&STRAND]);

/// Raised to tell a strand's scheduler that it can run. The global scheduler's handler gives it a core.
pub static UNBLOCK: Event<Strand> = Event::new("strand-unblock", &STRANDS).with_keys(&[&STRAND]);

/// Raised for a strand that has a [package](crate::Strand::on), before it has a core: its handlers bring back what goes with it.
pub static RESUME: Event<Strand> = Event::new("strand-resume", &STRANDS).with_keys(&[&STRAND]);

/// Raised for a strand that has a [package](crate::Strand::on), behind the time that it had a core: its handlers put away what goes with it.
pub static CHECKPOINT: Event<Strand> = Event::new("strand-checkpoint", &STRANDS).with_keys(&[&STRAND]);
