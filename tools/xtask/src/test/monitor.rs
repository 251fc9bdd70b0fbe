//! A kernel image with a monitor at EL2: a few instructions that answer a hypervisor call with a system error.
//!
//! QEMU has no device that reports an error so late that it is nobody's. But whoever is above the kernel can make one pending
//! (HCR_EL2.VSE, Arm ARM D24.2). So the monitor is put where the image has room: its entry between the boot code and the
//! vectors, its one vector in the place of the kernel's for EL0, where nothing runs. The boot code goes by it on each core.

use std::fs;

use anyhow::{Context, Result, bail};
use spindle::sdk::put;

use crate::repository;

/// MSR VTTBR_EL2, XZR: what the boot code does at EL2 and nowhere else.
const SITE: u32 = 0xd51c_211f;
/// Where the entry is put, in bytes from the start of the image.
const ENTRY: usize = 0x700;
/// Where the image has its vectors, and from there the one for a call from the level below in AArch64 (Arm ARM, D1.4).
const VECTORS: usize = 0x800;
const CALL: usize = VECTORS + 0x400;
/// MSR TPIDR_EL2, X9: a place to keep a register; MRS X9, HCR_EL2; ORR X9, X9, #VSE; ORR X9, X9, #AMO; MSR HCR_EL2, X9; MRS X9,
/// TPIDR_EL2; ERET.
const ANSWER: [u32; 7] =
    [0xd51c_d049, 0xd53c_1109, 0xb278_0129, 0xb27b_0129, 0xd51c_1109, 0xd53c_d049, 0xd69f_03e0];
/// ADR X9, .+0x100, which are the vectors; MSR VBAR_EL2, X9.
const BEGIN: [u32; 2] = [0x1000_0809, 0xd51c_c009];
/// Bytes of the entry: those, what stood where it is branched to from, and the way back.
const ENTRY_BYTES: usize = 4 * (BEGIN.len() + 2);

/// Makes the image with a monitor out of the kernel's.
///
/// # Errors
/// When the image has no room where it should, or can't be read or written.
pub(super) fn build() -> Result<()> {
    let image = repository::image();
    let mut bytes = fs::read(&image).with_context(|| format!("can't read {}", image.display()))?;
    patch(&mut bytes)?;
    put(&repository::monitored_image(), &bytes)
}

fn patch(image: &mut [u8]) -> Result<()> {
    let room = image.get(ENTRY..ENTRY + ENTRY_BYTES).context("the image is too short")?;
    if room.iter().any(|byte| *byte != 0) {
        bail!("the boot code reaches {ENTRY:#x}, where the monitor is to lie");
    }
    let site = image[..ENTRY].chunks(4).position(|word| word == SITE.to_le_bytes());
    let site = 4 * site.context("the boot code does not set VTTBR_EL2 at EL2")?;
    write(image, site, &[branch(site, ENTRY)]);
    let back = ENTRY + ENTRY_BYTES - 4;
    write(image, ENTRY, &BEGIN);
    write(image, ENTRY + 4 * BEGIN.len(), &[SITE, branch(back, site + 4)]);
    write(image, CALL, &ANSWER);
    Ok(())
}

fn write(image: &mut [u8], at: usize, words: &[u32]) {
    for (place, word) in image[at..].chunks_mut(4).zip(words) {
        place.copy_from_slice(&word.to_le_bytes());
    }
}

/// B from one place to another (Arm ARM, C6.2.26).
fn branch(from: usize, to: usize) -> u32 {
    let words = (to.wrapping_sub(from) as i32) >> 2;
    0x1400_0000 | words as u32 & 0x03ff_ffff
}

#[cfg(test)]
mod tests {
    use super::{CALL, ENTRY, SITE, branch, patch};

    #[test]
    fn the_boot_code_goes_by_the_monitor_and_comes_back() {
        let mut image = vec![0; CALL + 64];
        image[0x34c..0x350].copy_from_slice(&SITE.to_le_bytes());
        patch(&mut image).expect("has room");
        assert_eq!(image[0x34c..0x350], branch(0x34c, ENTRY).to_le_bytes());
        assert_eq!(image[ENTRY + 12..ENTRY + 16], branch(ENTRY + 12, 0x350).to_le_bytes());
        assert_eq!(branch(0xe0c, 4), 0x17ff_fc7e);
    }

    #[test]
    fn an_image_without_room_is_refused() {
        let mut image = vec![1; CALL + 64];
        assert!(patch(&mut image).is_err());
        assert!(patch(&mut [0; 64]).is_err());
    }
}
