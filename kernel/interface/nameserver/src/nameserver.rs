//! The nameserver: export, import, and what else extensions do with names.
//!
//! What an authorizer decides is decided without a lock, by its own code; what follows from it is done under the lock, if what
//! was asked about is still there.

use alloc::string::ToString;
use alloc::sync::Arc;
use core::any::type_name;
use core::ops::Range;

use spindle_capability::{AnyCapability, Capability};
use spindle_domain::{Domain, DomainId, Identity};
use spindle_event::{Event, Merge};
use spindle_sync::{Authority, Lock, Once};

use crate::authorizer::{Authorizer, Request, Wants, namesake, nobody};
use crate::failure::NameError;
use crate::held::{Held, Kind, Typed};
use crate::path::{Path, shortened};
use crate::tree::{Entry, Tree};

/// Lock order: nothing else is locked while this is held, but the heap.
pub(crate) static TREE: Lock<Tree> = Lock::new(Tree::new());

/// The kernel's directories, and whether extensions may add names to them: each one of its own name.
const KERNELS: [(&str, bool); 5] =
    [("/", false), ("/svc", false), ("/svc/domains", true), ("/svc/events", true), ("/svc/objects", true)];

/// Makes the kernel's directories. Kernel only; once.
///
/// # Context
/// Not in interrupt context. Allocates.
pub fn serve(_: &Authority, kernel: &Identity) {
    let mut tree = TREE.lock();
    tree.admit(kernel.id(), 0..0);
    for (text, is_open) in KERNELS {
        if let Ok(path) = Path::parse(text) {
            let authorizer = if is_open { namesake() } else { nobody() };
            let owner = Some(kernel.clone());
            tree.put(Arc::new(Entry { path, owner, held: Arc::new(Held::Directory), authorizer }));
        }
    }
}

/// Lets `who`, an extension whose code is at `code`, have names until [`withdraw`]. Kernel only.
///
/// # Context
/// Not in interrupt context. Allocates.
pub fn admit(_: &Authority, who: &Identity, code: Range<usize>) {
    TREE.lock().admit(who.id(), code);
}

/// Has `heir`, which was [admitted](admit), take the place of `old`: what it exports by a name that `old` has waits there until
/// [`take_over`]. Kernel only.
///
/// # Context
/// Not in interrupt context.
pub fn begin_heir(_: &Authority, heir: DomainId, old: DomainId) {
    TREE.lock().begin_heir(heir, old);
}

/// Puts all that waits of `heir` in place of the old names, in one step; says how many names that are. Kernel only.
///
/// # Context
/// Not in interrupt context. Allocates.
pub fn take_over(_: &Authority, heir: DomainId) -> usize {
    let (count, gone) = TREE.lock().take_over(heir);
    // Without the lock.
    drop(gone);
    count
}

/// Takes off all names of extensions whose code lies in `code`, and has nobody admitted any more where code of it would decide;
/// says how many names that were. Such an extension can do nothing with names from here on. Kernel only.
///
/// An import that began before may still be inside an authorizer: free that code only after a grace period that begins
/// afterwards, and after a second call that finds nothing.
///
/// # Context
/// Not in interrupt context. Waits for no import.
pub fn withdraw(_: &Authority, code: Range<usize>) -> usize {
    // Dropped without the lock.
    let gone = TREE.lock().withdraw(&code);
    gone.len()
}

/// Names `domain` as `path`, for whom `authorizer` admits: each of them gets it with the rights that `domain` has here.
///
/// # Errors
/// [`NameError`]: the path is none, is taken, is in no directory, or the directory does not let `me` add it; `me` has too many
/// names.
///
/// # Context
/// Not in interrupt context. Allocates; may run the authorizer of another's directory.
pub fn export_domain(
    me: &Identity,
    path: &str,
    domain: Domain,
    authorizer: Authorizer,
) -> Result<(), NameError> {
    add(me, path, Held::Domain(domain), authorizer)
}

/// Names the object that `capability` stands for as `path`, for whom `authorizer` admits.
///
/// # Errors
/// As of [`export_domain`].
///
/// # Context
/// As of [`export_domain`].
pub fn export<T: 'static>(
    me: &Identity,
    path: &str,
    capability: Capability<T>,
    authorizer: Authorizer,
) -> Result<(), NameError> {
    add(me, path, Held::Object(typed(capability.erase(), type_name::<T>())), authorizer)
}

/// Names the event that `capability` stands for as `path`, for whom `authorizer` admits: each of them may raise it. It is
/// imported as an [`Event`], by [`import`].
///
/// # Errors
/// As of [`export_domain`].
///
/// # Context
/// As of [`export_domain`].
pub fn export_event<A, R, M>(
    me: &Identity,
    path: &str,
    capability: Capability<Event<A, R, M>>,
    authorizer: Authorizer,
) -> Result<(), NameError>
where
    A: ?Sized + 'static,
    R: 'static,
    M: Merge<R> + 'static,
{
    let name = type_name::<Event<A, R, M>>();
    add(me, path, Held::Event(typed(capability.erase(), name)), authorizer)
}

/// Makes a directory. `me` adds names to it freely, others if `authorizer` admits them. One that an extension has left over is
/// taken over.
///
/// # Errors
/// As of [`export_domain`].
///
/// # Context
/// As of [`export_domain`].
pub fn make_directory(me: &Identity, path: &str, authorizer: Authorizer) -> Result<(), NameError> {
    add(me, path, Held::Directory, authorizer)
}

/// Takes off a name of one's own; a directory only if nothing is in it. What was imported by that name stays with who has it.
///
/// # Errors
/// [`NameError`]: there is no such name, it is somebody else's, or a directory with names in it.
///
/// # Context
/// Not in interrupt context.
pub fn detach(me: &Identity, path: &str) -> Result<(), NameError> {
    let path = parse(path)?;
    // Dropped without the lock.
    let gone = TREE.lock().detach(&path, me)?;
    drop(gone);
    Ok(())
}

/// The domain that `path` holds, if its authorizer admits `me`.
///
/// # Errors
/// [`NameError`]: there is no such name, its authorizer refuses or had to be given up, or it holds something else.
///
/// # Context
/// Not in interrupt context. Runs the authorizer, which holds up this core for at most
/// [`AUTHORIZER_LIMIT_US`](crate::AUTHORIZER_LIMIT_US).
pub fn import_domain(me: &Identity, path: &str) -> Result<Domain, NameError> {
    let entry = fetch(me, path, Wants::Domain)?;
    match &*entry.held {
        Held::Domain(domain) => Ok(*domain),
        _ => Err(wrong_type(&entry, "a domain")),
    }
}

/// The capability that `path` holds, if its authorizer admits `me` and it is one of a `T`.
///
/// # Errors
/// As of [`import_domain`], and [`NameError::Revoked`].
///
/// # Context
/// As of [`import_domain`].
pub fn import<T: 'static>(me: &Identity, path: &str) -> Result<Capability<T>, NameError> {
    let of = type_name::<T>();
    let entry = fetch(me, path, Wants::Capability { of })?;
    let capability = entry.held.capability().and_then(|any| any.typed().ok());
    match capability {
        None => Err(wrong_type(&entry, of)),
        Some(revoked) if revoked.is_revoked() => Err(NameError::Revoked { path: entry.path.to_string() }),
        Some(capability) => {
            tell_acquaintance(me, &entry);
            Ok(capability)
        }
    }
}

static ACQUAINT: Once<fn(DomainId, DomainId)> = Once::INIT;

/// Has `acquaint` told of who imports from whom, before anything has got from one to the other. Kernel only; the first call
/// counts.
pub fn set_acquaint(_: &Authority, acquaint: fn(DomainId, DomainId)) {
    ACQUAINT.call_once(|| acquaint);
}

/// Apart from `import`, so that no domain carries a copy of it.
fn tell_acquaintance(me: &Identity, entry: &Entry) {
    if let (Some(acquaint), Some(owner)) = (ACQUAINT.get(), &entry.owner) {
        acquaint(me.id(), owner.id());
    }
}

fn typed(capability: AnyCapability, type_name: &str) -> Typed {
    Typed { capability, type_name: type_name.into() }
}

pub(crate) fn parse(text: &str) -> Result<Path, NameError> {
    Path::parse(text).map_err(|cause| NameError::Invalid { path: shortened(text), cause })
}

fn add(me: &Identity, path: &str, held: Held, authorizer: Authorizer) -> Result<(), NameError> {
    let entry =
        Arc::new(Entry { path: parse(path)?, owner: Some(me.clone()), held: Arc::new(held), authorizer });
    let (directory, is_own) = {
        let tree = TREE.lock();
        tree.has_room(me, &entry.path, entry.is_directory())?;
        let directory = tree.directory_of(&entry.path)?;
        (directory.clone(), directory.is_of(me.id()) || tree.is_heir_to(me, directory))
    };
    if !is_own && !ask(&directory, me, &entry.path, Wants::Add(entry.held.kind()))? {
        let owner = directory.owner_name();
        return Err(NameError::MayNotAdd { path: entry.path.to_string(), owner });
    }
    // Dropped without the lock.
    let left_over = TREE.lock().add(me, &entry, &directory)?;
    drop(left_over);
    Ok(())
}

/// What is named `path`, if it is no directory and `me` is admitted. Where another has taken the place of what was asked about,
/// that one is asked.
fn fetch(me: &Identity, path: &str, wants: Wants<'_>) -> Result<Arc<Entry>, NameError> {
    let path = parse(path)?;
    let find = || {
        let tree = TREE.lock();
        tree.check(me)?;
        tree.find(&path).cloned()
    };
    let mut entry = find()?;
    loop {
        if let Held::Directory = *entry.held {
            return Err(wrong_type(&entry, "anything to import"));
        }
        let is_admitted = ask(&entry, me, &path, wants)?;
        // Who has taken the name off meanwhile admits nobody any more.
        let there = find()?;
        match (is_admitted, Arc::ptr_eq(&there, &entry)) {
            (true, true) => return Ok(entry),
            (false, true) => {
                return Err(NameError::Refused { path: path.to_string(), owner: entry.owner_name() });
            }
            (_, false) => entry = there,
        }
    }
}

/// Asks the authorizer of `entry`. No lock is held.
fn ask(entry: &Entry, me: &Identity, path: &Path, wants: Wants<'_>) -> Result<bool, NameError> {
    let (id, name): (DomainId, &str) = (me.id(), me.name());
    entry.authorizer.admits(&Request { id, name, path, wants }).map_err(|end| NameError::GaveUp {
        path: path.to_string(),
        owner: entry.owner_name(),
        end,
    })
}

fn wrong_type(entry: &Entry, wanted: &str) -> NameError {
    let held = match entry.held.kind() {
        Kind::Directory => "names".into(),
        kind => alloc::format!("{kind} {}", entry.held),
    };
    NameError::WrongType { path: entry.path.to_string(), held, wanted: wanted.into() }
}
