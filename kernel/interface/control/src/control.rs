//! Control: the capability, and what the kernel does behind it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use spindle_domain::{DomainId, Quotas, Refused, TextError};
use spindle_event::{CoreId, Event, Owner};
use spindle_scheduler::OfficeError;
use spindle_sync::{Authority, Once};

use crate::event_report::{EventReport, RunReport};
use crate::failure::{EventError, NotServed, UnloadError};
use crate::report::{
    CoreReport, DomainReport, FallenReport, LoadReport, LogLine, MemoryReport, ReplaceReport,
};
use crate::strand_report::{SchedulerReport, StrandReport};

/// Owns what is declared here.
static CONTROL: Owner = Owner::new();

/// Raised when a domain has been unloaded and everything it held is back.
pub static ENDED: Event<Ended> = Event::new("domain-ended", &CONTROL).open_to_all();

static KERNEL: Once<Box<dyn Kernel>> = Once::INIT;

/// A domain is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    id: DomainId,
    name: String,
}

impl Ended {
    /// That the domain `id`, called `name`, is gone. Kernel only.
    pub fn new(_: &Authority, id: DomainId, name: &str) -> Self {
        Self { id, name: name.into() }
    }

    /// The number it had.
    pub fn id(&self) -> DomainId {
        self.id
    }

    /// The name it had.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// What the kernel does for the holder of a [`Control`]. Each function is called outside of interrupt context, with
/// no lock held, on whichever core the holder runs; what it does is said at [`Control`]'s function of the same name.
#[expect(missing_docs, reason = "each is documented where it is called, at `Control`")]
pub trait Kernel: Send + Sync {
    fn cores(&self) -> Vec<CoreReport>;
    fn domains(&self) -> Vec<DomainReport>;
    fn fallen(&self) -> Vec<FallenReport>;
    fn events(&self) -> Vec<EventReport>;
    fn trace(&self, name: &str, is_on: bool) -> Result<usize, EventError>;
    fn runs(&self, name: &str) -> Result<Vec<RunReport>, EventError>;
    fn names(&self) -> Vec<String>;
    fn load(&self, names: &str, with: Option<&str>, quotas: Quotas) -> Result<Vec<LoadReport>, Refused>;
    fn load_object(
        &self,
        name: &str,
        object: &[u8],
        with: Option<&str>,
        quotas: Quotas,
    ) -> Result<Vec<LoadReport>, Refused>;
    fn unload(&self, name: &str, with_users: bool) -> Result<Vec<DomainId>, UnloadError>;
    fn replace(&self, old: &str, new: &str) -> Result<ReplaceReport, Refused>;
    fn raise(&self, name: &str, text: &str) -> Result<String, TextError>;
    fn strands(&self) -> Vec<StrandReport>;
    fn schedulers(&self) -> Vec<SchedulerReport>;
    fn appoint(&self, name: &str, core: Option<CoreId>) -> Result<(), OfficeError>;
    fn memory(&self) -> MemoryReport;
    fn uptime_ns(&self) -> u64;
    fn log(&self) -> Vec<LogLine>;
    fn halt(&self, status: u8) -> !;
}

/// Serves control by `kernel`. Kernel only; the first call counts.
pub fn serve(_: &Authority, kernel: Box<dyn Kernel>) {
    KERNEL.call_once(|| kernel);
}

/// The capability to look at the kernel and to change what it runs.
#[derive(Clone, Copy)]
pub struct Control {
    kernel: &'static dyn Kernel,
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Control")
    }
}

/// # Context
/// None of these in interrupt context. All but [`halt`](Self::halt), [`unload`](Self::unload) and
/// [`uptime_ns`](Self::uptime_ns) allocate what they return.
impl Control {
    /// Asks for control.
    ///
    /// # Errors
    /// [`NotServed`] when the kernel gives none.
    pub fn open() -> Result<Self, NotServed> {
        KERNEL.get().map(|kernel| Self { kernel: &**kernel }).ok_or(NotServed)
    }

    /// The machine's cores, by number.
    pub fn cores(&self) -> Vec<CoreReport> {
        self.kernel.cores()
    }

    /// The domains that are loaded, by number.
    pub fn domains(&self) -> Vec<DomainReport> {
        self.kernel.domains()
    }

    /// The strands that have not ended, in no order. Each comes with the right to it.
    pub fn strands(&self) -> Vec<StrandReport> {
        self.kernel.strands()
    }

    /// The schedulers that stand for an office, the kernel's own first.
    pub fn schedulers(&self) -> Vec<SchedulerReport> {
        self.kernel.schedulers()
    }

    /// Appoints the scheduler called `name` to the office of `core`, or of all cores. Whoever had it has it no longer.
    ///
    /// # Errors
    /// [`OfficeError`]; nobody has another office then.
    pub fn appoint(&self, name: &str, core: Option<CoreId>) -> Result<(), OfficeError> {
        self.kernel.appoint(name, core)
    }

    /// The events that are declared or have bindings.
    pub fn events(&self) -> Vec<EventReport> {
        self.kernel.events()
    }

    /// The events called `name`: at least one, and more if several domains have chosen it.
    ///
    /// # Errors
    /// [`EventError::Unknown`] when there is none.
    pub fn event(&self, name: &str) -> Result<Vec<EventReport>, EventError> {
        let mut events = self.events();
        events.retain(|event| event.name == name);
        if events.is_empty() { Err(EventError::Unknown { name: name.into() }) } else { Ok(events) }
    }

    /// Begins to count and to note every run of a handler of the events called `name`, or ends it; says how many events
    /// those are. Meanwhile their raises cost more.
    ///
    /// # Errors
    /// [`EventError::Unknown`] when there is none.
    pub fn trace(&self, name: &str, is_on: bool) -> Result<usize, EventError> {
        self.kernel.trace(name, is_on)
    }

    /// The last runs of handlers of the events called `name`, the oldest first.
    ///
    /// # Errors
    /// [`EventError`] when there is no such event, or none is traced.
    pub fn runs(&self, name: &str) -> Result<Vec<RunReport>, EventError> {
        self.kernel.runs(name)
    }

    /// The names that [`raise`](Self::raise) takes.
    pub fn names(&self) -> Vec<String> {
        self.kernel.names()
    }

    /// Loads extensions of the boot archive, their `names` separated by commas, and runs their entries one after the other. They
    /// may import from each other, and from the domains `with`, separated by commas; from `SpinPublic` if none is given. Each may
    /// have what `quotas` say, and of the rest what the kernel thinks fit.
    ///
    /// # Errors
    /// [`Refused`]; nothing of any of them is left then.
    pub fn load(&self, names: &str, with: Option<&str>, quotas: Quotas) -> Result<Vec<LoadReport>, Refused> {
        self.kernel.load(names, with, quotas)
    }

    /// Loads the extension in `object`, the bytes of a signed object, as [`load`](Self::load) does; a refusal calls it
    /// `name`. The bytes are not needed any more when it returns.
    ///
    /// # Errors
    /// [`Refused`]; nothing of it is left then.
    pub fn load_object(
        &self,
        name: &str,
        object: &[u8],
        with: Option<&str>,
        quotas: Quotas,
    ) -> Result<Vec<LoadReport>, Refused> {
        self.kernel.load_object(name, object, with, quotas)
    }

    /// Begins to unload the domain `name`, and, `with_users`, all that are linked to it; says which ones. [`ENDED`] is raised for
    /// each when it is gone. No raise that begins after this reaches a handler of them.
    ///
    /// # Errors
    /// [`UnloadError`]; all go on as if nothing had been asked.
    pub fn unload(&self, name: &str, with_users: bool) -> Result<Vec<DomainId>, UnloadError> {
        self.kernel.unload(name, with_users)
    }

    /// Has the extension `new` of the boot archive take the place of the domain `old`, linked to what that one is linked to:
    /// all handlers change hands in one step. If `old` hands over state, `new` takes it. The unload of `old` begins;
    /// [`ENDED`] is raised for it when it is gone.
    ///
    /// # Errors
    /// [`Refused`]; `old` goes on as if nothing had been asked, and nothing is left of `new`.
    pub fn replace(&self, old: &str, new: &str) -> Result<ReplaceReport, Refused> {
        self.kernel.replace(old, new)
    }

    /// Raises the event that is open as `name` with `text` for arguments, on this core, and returns its result as text.
    ///
    /// # Errors
    /// [`TextError`]; nothing was raised.
    pub fn raise(&self, name: &str, text: &str) -> Result<String, TextError> {
        self.kernel.raise(name, text)
    }

    /// What memory is used for.
    pub fn memory(&self) -> MemoryReport {
        self.kernel.memory()
    }

    /// Nanoseconds since the kernel was entered.
    pub fn uptime_ns(&self) -> u64 {
        self.kernel.uptime_ns()
    }

    /// Domains that were ended for what they did, and don't run.
    pub fn fallen(&self) -> Vec<FallenReport> {
        self.kernel.fallen()
    }

    /// The kernel's log as far as it is kept, oldest first.
    pub fn log(&self) -> Vec<LogLine> {
        self.kernel.log()
    }

    /// Halts the machine; where somebody asks for an exit status, it is `status`.
    pub fn halt(&self, status: u8) -> ! {
        self.kernel.halt(status)
    }
}
