//! The tree: which names there are, whose they are, and what may be done to them.
//!
//! Rules, held by every function here:
//!
//! 1. A name is added only where none is, in a directory that is there. It is never replaced.
//! 2. Only its owner takes a name off, and a directory only when it is empty.
//! 3. With its owner's end a name goes. A directory in which others have names stays as *nobody's*: closed to additions, gone with
//!    the last name in it, or taken over by whoever may add it.
//! 4. An owner is an extension that is loaded and not ending: only those have an account.
//!
//! Pure but for the memory it takes: runs no foreign code. What is taken off is handed out, for its drop is foreign code, and
//! the caller holds a lock.

use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use spindle_domain::{DomainId, Identity};

use crate::authorizer::{Authorizer, nobody};
use crate::failure::NameError;
use crate::held::Held;
use crate::path::Path;

/// How many names, directories included, an extension has at most.
pub const MAX_NAMES: usize = 256;

/// A name and all there is to it. Never changed: replaced.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) path: Path,
    /// None for a directory whose owner has ended.
    pub(crate) owner: Option<Identity>,
    pub(crate) held: Arc<Held>,
    pub(crate) authorizer: Authorizer,
}

impl Entry {
    /// Whose it is, in words.
    pub(crate) fn owner_name(&self) -> String {
        self.owner.as_ref().map_or("nobody", Identity::name).into()
    }

    pub(crate) fn is_of(&self, id: DomainId) -> bool {
        self.owner.as_ref().is_some_and(|owner| owner.id() == id)
    }

    pub(crate) fn is_directory(&self) -> bool {
        matches!(*self.held, Held::Directory)
    }

    /// The same, admitting nobody; nobody's, if its owner `is_ending`.
    fn closed(&self, is_ending: bool) -> Self {
        Self {
            path: self.path.clone(),
            owner: self.owner.clone().filter(|_| !is_ending),
            held: self.held.clone(),
            authorizer: nobody(),
        }
    }

    fn is_orphan(&self) -> bool {
        self.owner.is_none()
    }
}

/// An extension that may have names.
#[derive(Debug)]
struct Account {
    id: DomainId,
    code: Range<usize>,
    /// How many it has.
    names: usize,
}

/// All names.
#[derive(Debug)]
pub(crate) struct Tree {
    /// In the order of their paths.
    entries: Vec<Arc<Entry>>,
    accounts: Vec<Account>,
}

impl Tree {
    pub(crate) const fn new() -> Self {
        Self { entries: Vec::new(), accounts: Vec::new() }
    }

    /// Lets the extension `id`, whose code is at `code`, have names from now on.
    pub(crate) fn admit(&mut self, id: DomainId, code: Range<usize>) {
        self.accounts.push(Account { id, code, names: 0 });
    }

    /// Whether `who` may have names.
    pub(crate) fn check(&self, who: &Identity) -> Result<(), NameError> {
        self.account(who).map(drop)
    }

    fn account(&self, who: &Identity) -> Result<&Account, NameError> {
        let found = self.accounts.iter().find(|account| account.id == who.id());
        found.ok_or_else(|| NameError::NotLoaded { extension: who.name().into() })
    }

    fn account_mut(&mut self, owner: Option<&Identity>) -> Option<&mut Account> {
        let owner = owner?;
        self.accounts.iter_mut().find(|account| account.id == owner.id())
    }

    pub(crate) fn find(&self, path: &Path) -> Result<&Arc<Entry>, NameError> {
        match self.place(path) {
            Ok(at) => Ok(&self.entries[at]),
            Err(_) => Err(NameError::NotFound { path: path.to_string() }),
        }
    }

    /// The directory into which `path` would go.
    pub(crate) fn directory_of(&self, path: &Path) -> Result<&Arc<Entry>, NameError> {
        let Some(parent) = path.parent() else {
            // The root is in no directory.
            let owner = self.find(path)?.owner_name();
            return Err(NameError::Exists { path: path.to_string(), owner });
        };
        let directory = self.find(&parent)?;
        match directory.held.kind() {
            _ if directory.is_directory() => Ok(directory),
            kind => Err(NameError::NotADirectory { path: parent.to_string(), kind }),
        }
    }

    /// Whether `who` could add something at `path`: a directory, if it `is_directory`.
    pub(crate) fn has_room(&self, who: &Identity, path: &Path, is_directory: bool) -> Result<(), NameError> {
        let account = self.account(who)?;
        if let Ok(there) = self.find(path)
            && !(there.is_orphan() && is_directory)
        {
            return Err(NameError::Exists { path: path.to_string(), owner: there.owner_name() });
        }
        if account.names >= MAX_NAMES {
            return Err(NameError::TooMany { path: path.to_string(), most: MAX_NAMES });
        }
        Ok(())
    }

    /// Adds `entry` for `who` to the directory `into`, if that is still there; gives back nobody's directory that it takes over.
    pub(crate) fn add(
        &mut self,
        who: &Identity,
        entry: &Arc<Entry>,
        into: &Arc<Entry>,
    ) -> Result<Option<Arc<Entry>>, NameError> {
        if !Arc::ptr_eq(self.directory_of(&entry.path)?, into) {
            // Somebody else's by now, who was not asked.
            return Err(NameError::NotFound { path: into.path.to_string() });
        }
        self.has_room(who, &entry.path, entry.is_directory())?;
        Ok(self.put(entry.clone()))
    }

    /// Puts `entry` where it belongs, whatever is there.
    pub(crate) fn put(&mut self, entry: Arc<Entry>) -> Option<Arc<Entry>> {
        if let Some(account) = self.account_mut(entry.owner.as_ref()) {
            account.names += 1;
        }
        match self.place(&entry.path) {
            Ok(at) => Some(core::mem::replace(&mut self.entries[at], entry)),
            Err(at) => {
                self.entries.insert(at, entry);
                None
            }
        }
    }

    /// Takes the name at `path` off for `who`; gives back what went.
    pub(crate) fn detach(&mut self, path: &Path, who: &Identity) -> Result<Vec<Arc<Entry>>, NameError> {
        self.check(who)?;
        let there = self.find(path)?;
        if !there.is_of(who.id()) {
            let owner = there.owner_name();
            return Err(NameError::NotYours { path: path.to_string(), owner });
        }
        let names = self.below(path).filter(|entry| entry.path.is_in(path)).count();
        if names > 0 {
            return Err(NameError::NotEmpty { path: path.to_string(), names });
        }
        if let Some(account) = self.account_mut(Some(who)) {
            account.names -= 1;
        }
        let mut gone = Vec::new();
        self.remove(path, &mut gone);
        // With the last name in it nobody's directory goes.
        let mut above = path.parent();
        while let Some(path) = above.filter(|path| self.is_left_over(path)) {
            self.remove(&path, &mut gone);
            above = path.parent();
        }
        Ok(gone)
    }

    fn remove(&mut self, path: &Path, gone: &mut Vec<Arc<Entry>>) {
        if let Ok(at) = self.place(path) {
            gone.push(self.entries.remove(at));
        }
    }

    fn is_left_over(&self, path: &Path) -> bool {
        self.find(path).is_ok_and(|entry| entry.is_orphan()) && self.below(path).next().is_none()
    }

    /// Closes the accounts of extensions whose code lies in `code`, takes off what is theirs, and has nobody admitted where an
    /// authorizer in that code would be asked. Gives back what went, or was replaced.
    pub(crate) fn withdraw(&mut self, code: &Range<usize>) -> Vec<Arc<Entry>> {
        let is_in = |account: &mut Account| code.contains(&account.code.start);
        let ending: Vec<DomainId> = self.accounts.extract_if(.., is_in).map(|account| account.id).collect();
        let is_ending = |entry: &Entry| ending.iter().any(|id| entry.is_of(*id));
        let is_meant = |entry: &Entry| is_ending(entry) || entry.authorizer.is_in(code);
        if !self.entries.iter().any(|entry| is_meant(entry)) {
            return Vec::new();
        }
        let (mut gone, mut kept) = (Vec::new(), Vec::<Arc<Entry>>::with_capacity(self.entries.len()));
        // Backwards: what is below a directory comes before it, so what was kept last is in it, or nothing is.
        for entry in core::mem::take(&mut self.entries).into_iter().rev() {
            let has_more = kept.last().is_some_and(|next| next.path.is_below(&entry.path));
            if !has_more && (is_ending(&entry) || entry.is_orphan()) {
                gone.push(entry);
            } else if is_meant(&entry) {
                kept.push(Arc::new(entry.closed(is_ending(&entry))));
                gone.push(entry);
            } else {
                kept.push(entry);
            }
        }
        kept.reverse();
        self.entries = kept;
        gone
    }

    /// All that is somewhere below `path`, in order.
    pub(crate) fn below(&self, path: &Path) -> impl Iterator<Item = &Arc<Entry>> {
        let from = match self.place(path) {
            Ok(at) => at + 1,
            Err(at) => at,
        };
        self.entries[from..].iter().take_while(|entry| entry.path.is_below(path))
    }

    fn place(&self, path: &Path) -> Result<usize, usize> {
        self.entries.binary_search_by(|entry| entry.path.cmp(path))
    }
}
