//! The last step of the start: the extensions that the boot archive says to load.

use super::give_up;
use crate::archive::boot_conf::{self, Step};
use crate::{archive, control, domain, log};

/// Follows `boot.conf`. A step that fails is reported, and the next is taken. Without a shell at the end nobody could ever ask
/// for anything, so the machine is ended then.
pub(super) fn load_all(archive: Option<&'static [u8]>) {
    match archive {
        Some(bytes) => follow(bytes),
        None => log::warn(format_args!("there is no boot archive")),
    }
    if !domain::has_shell() {
        give_up(format_args!("no shell was loaded, so there is nobody to take orders from"));
    }
}

fn follow(bytes: &'static [u8]) {
    let text = match archive::keep(bytes).and_then(|archive| archive.boot_conf()) {
        Ok(text) => text,
        Err(error) => return log::warn(format_args!("{error}")),
    };
    for step in boot_conf::steps(text) {
        match step {
            Ok(Step { name, grant, quotas }) => {
                if let Err(refused) = control::load_from_archive(name, grant, quotas) {
                    log::warn(format_args!("{refused}"));
                }
            }
            Err(error) => log::warn(format_args!("{error}")),
        }
    }
}
