//! The device tree that a machine is given: QEMU's own, or one that does not say what is so.
//!
//! QEMU writes the tree of the machine into a file; what is wrong with it is put in here. Knows no more of the format than
//! that the header is forty bytes long, with the whole length in its second word (Devicetree Specification 0.4, 5.2).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::machine::Machine;
use crate::qemu;

/// Which tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tree {
    /// That of the machine.
    Own,
    /// That of the same machine with so many cores.
    OfCores(usize),
    /// That of the machine, handed to the kernel as it is after this has happened to it. There is neither a boot archive nor
    /// an argument then.
    Damaged(Damage),
}

/// What has happened to a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// It is not there: zeros.
    Missing,
    /// Zeros from this byte on; its header still promises all of it.
    ZeroFrom(usize),
    /// Its end is missing, and its header knows.
    CutTo(usize),
    /// One bit of the byte that stands so far behind the first place where these bytes stand.
    Flipped {
        /// What is looked for.
        text: &'static [u8],
        /// How many bytes behind its beginning.
        behind: usize,
        /// Which bit of that byte.
        bit: u32,
    },
}

/// How a kernel comes by its tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Given {
    /// QEMU makes one.
    #[default]
    ByQemu,
    /// QEMU puts memory, boot archive and boot arguments into this one.
    Completed(PathBuf),
    /// It finds these bytes.
    AsIs(PathBuf),
}

impl Tree {
    /// Makes the tree for `machine`, as the file `path` if one is needed.
    ///
    /// # Errors
    /// When QEMU writes none, or nothing in it can be damaged so.
    pub fn make(self, machine: &Machine, path: &Path) -> io::Result<Given> {
        match self {
            Self::Own => Ok(Given::ByQemu),
            Self::OfCores(cores) => {
                dump(&machine.clone().cores(cores), path)?;
                Ok(Given::Completed(path.to_owned()))
            }
            Self::Damaged(damage) => {
                dump(machine, path)?;
                fs::write(path, damage.done_to(fs::read(path)?)?)?;
                Ok(Given::AsIs(path.to_owned()))
            }
        }
    }
}

/// Has QEMU write its tree of `machine`.
fn dump(machine: &Machine, path: &Path) -> io::Result<()> {
    let mut command: Command = qemu::dump_tree(machine, path);
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() && path.exists() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "{} wrote no tree: {}",
        qemu::shown(&command),
        String::from_utf8_lossy(&output.stderr)
    )))
}

impl Damage {
    fn done_to(self, mut tree: Vec<u8>) -> io::Result<Vec<u8>> {
        match self {
            Self::Missing => tree.fill(0),
            Self::ZeroFrom(at) => tree.iter_mut().skip(at).for_each(|byte| *byte = 0),
            Self::CutTo(len) => {
                tree.truncate(len);
                let total = u32::try_from(tree.len()).map_err(io::Error::other)?;
                if let Some(word) = tree.get_mut(4..8) {
                    word.copy_from_slice(&total.to_be_bytes());
                }
            }
            Self::Flipped { text, behind, bit } => {
                let at = tree.windows(text.len()).position(|window| window == text);
                let byte = at.and_then(|at| tree.get_mut(at + behind));
                let missing =
                    || io::Error::other(format!("`{}` is not in the tree", String::from_utf8_lossy(text)));
                *byte.ok_or_else(missing)? ^= 1 << bit;
            }
        }
        Ok(tree)
    }
}

#[cfg(test)]
mod tests {
    use super::Damage;

    #[test]
    fn one_bit_of_a_tree_is_flipped_and_no_other() {
        let tree = b"....gic....gic".to_vec();
        let damage = Damage::Flipped { text: b"gic", behind: 1, bit: 3 };
        assert_eq!(damage.done_to(tree).expect("is there"), b"....gac....gic".to_vec());
        let missing = Damage::Flipped { text: b"its", behind: 0, bit: 0 };
        assert!(missing.done_to(b"gic".to_vec()).is_err());
    }

    #[test]
    fn a_tree_that_is_cut_says_its_length() {
        let damage = Damage::CutTo(10);
        assert_eq!(damage.done_to(vec![7; 20]).expect("cut"), [7, 7, 7, 7, 0, 0, 0, 10, 7, 7]);
        let damage = Damage::ZeroFrom(2);
        assert_eq!(damage.done_to(vec![7; 3]).expect("zeroed"), [7, 7, 0]);
    }
}
