//! The nameserver at boot: the kernel's directories, and what the kernel itself exports.
//!
//! The domains that the kernel begins with are exported to link to: those of `SpinPublic` to all, the others to those who were
//! given them when they were loaded. So nobody gets more by a name than he could pass on by hand.

use crate::authority::{KERNEL_NAME, authority};
use crate::domain::{self, public};
use crate::log;
use alloc::format;
use alloc::string::String;
use spindle_domain::{Domain, DomainId, Identity, Rights};
use spindle_nameserver::{Authorizer, anyone, asking, export_domain};

/// The kernel's number among the domains, which no extension has.
const KERNEL_ID: u32 = 0;

/// Makes the kernel's directories, and exports the domains that it begins with.
pub(crate) fn serve() {
    let kernel = Identity::new(authority(), DomainId::new(authority(), KERNEL_ID), KERNEL_NAME);
    spindle_nameserver::serve(authority(), &kernel);
    spindle_nameserver::set_acquaint(authority(), domain::heap::acquaint);
    for (name, id) in domain::of_kernel() {
        let path = format!("/svc/domains/{name}");
        let domain = Domain::new(authority(), id, Rights::IMPORT);
        if let Err(error) = export_domain(&kernel, &path, domain, authorizer_of(name)) {
            log::warn(format_args!("{error}"));
        }
    }
}

/// Who is let in to the kernel's domain `name`.
fn authorizer_of(name: String) -> Authorizer {
    if public::is_public(&name) {
        return anyone();
    }
    asking(move |request| {
        let was_given = |name: &str| domain::was_given(request.id(), name);
        was_given(&name) || was_given(public::SPIN_TRUSTED)
    })
}
