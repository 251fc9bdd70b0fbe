//! Nameserver: how an extension finds what another has to offer, and is let in.
//!
//! There is one tree of names. Under `/svc/domains`, `/svc/events` and `/svc/objects` an extension *exports* what it has, under a path
//! and with an [`Authorizer`]; others *import* it by that path. The authorizer is asked at every import, and is shown who asks:
//! it sees the importer's number and name, which come from the [`Identity`](spindle_domain::Identity) that the kernel has lent it.
//!
//! # Whose a name is
//!
//! A name belongs to the extension that exported it. Nobody else replaces it or takes it off, and it goes when its owner ends. A
//! directory belongs to who made it, and its authorizer says who else may add names to it. In the kernel's own directories an
//! extension may add one name: its own, as a directory or not. Two that are loaded never have the same, so that nobody can
//! take a name before its owner comes.
//!
//! # Invariants
//!
//! - An authorizer runs without a lock, and within a boundary: one that panics or does not come to an end has said no.
//! - What an importer gets is what was exported: never more rights, never another type.
//! - An extension that is ending does nothing here any more, be it by an identity that it has given away.
//! - Nothing relies on a destructor. Nothing of an extension is dropped, or asked, with the lock held.
//!
//! This crate does not know what can be done with a domain or a capability, nor what an event is.
//!
//! Source: Bershad et al., SOSP 1995, section 3; the nameserver of SPIN's released sources, without what they left out: there,
//! an export took off whatever had the name, and no authorizer was asked.
#![no_std]

extern crate alloc;

#[cfg(test)]
extern crate std;

mod authorizer;
mod failure;
mod held;
mod listing;
mod nameserver;
mod path;
mod tree;

pub use authorizer::{
    AUTHORIZER_LIMIT_US, Authorizer, Request, Wants, anyone, asking, namesake, nobody, only,
};
pub use failure::NameError;
pub use held::Kind;
pub use listing::{Listed, list, list_below};
pub use nameserver::{
    admit, begin_heir, detach, export, export_domain, export_event, import, import_domain, make_directory,
    serve, set_acquaint, take_over, withdraw,
};
pub use path::{MAX_COMPONENT_BYTES, MAX_DEPTH, MAX_PATH_BYTES, PathError};
pub use tree::MAX_NAMES;
