//! Site: where the victim lies, out of what kernel and victim say when it is loaded, and where messages lie, out of the kernel's
//! symbols. Pure, but for reading the kernel's file.

use std::fs;
use std::ops::Range;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use object::{Object as _, ObjectSymbol as _};

/// The extension in which bits are flipped.
pub(crate) const VICTIM: &str = "victim";
/// How the path of the static begins that holds the slots of all cores, in the order in which they were made.
const SLOTS: &str = "spindle_event::mailbox::SLOTS";

/// Where the victim lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Site {
    /// Its instructions.
    pub(crate) text: Range<u64>,
    /// Its variables.
    pub(crate) data: Range<u64>,
    /// Those of them that are its own; in the others the interface keeps what there is to know of its events.
    pub(crate) own: Range<u64>,
    /// The function whose frame is the first on its stack.
    pub(crate) rounds: u64,
    /// The function that does a piece of work.
    pub(crate) work: u64,
}

/// A site of which not all is said yet.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    said: Option<(u64, u64, Range<u64>)>,
}

impl Survey {
    /// Takes in what was said; gives the site when it is complete.
    pub(crate) fn read(&mut self, line: &str) -> Option<Site> {
        if let Some(said) = line.strip_prefix("victim: rounds at ") {
            let (rounds, said) = said.split_once(", work at ")?;
            let (work, own) = said.split_once(", own at ")?;
            self.said = Some((number(rounds)?, number(work)?, range(own)?));
            return None;
        }
        let (_, said) = line.split_once(" victim loaded with ")?;
        let (_, places) = said.split_once(", text at ")?;
        let (text, data) = places.split_once(", variables at ")?;
        let (rounds, work, own) = self.said.clone()?;
        let (text, data) = (range(text)?, range(data)?);
        let is_within = data.start <= own.start && own.end <= data.end;
        is_within.then_some(Site { text, data, own, rounds, work })
    }
}

fn range(text: &str) -> Option<Range<u64>> {
    let (start, end) = text.split_once("..")?;
    Some(number(start)?..number(end)?).filter(|range| !range.is_empty())
}

fn number(text: &str) -> Option<u64> {
    u64::from_str_radix(text.trim().strip_prefix("0x")?, 16).ok()
}

/// Where the slots of the first core's messages are kept.
///
/// # Errors
/// When the kernel's file can't be read, or has no such static.
pub(crate) fn slots(kernel: &Path) -> Result<u64> {
    let bytes = fs::read(kernel).with_context(|| format!("can't read {}", kernel.display()))?;
    let file = object::File::parse(&*bytes)?;
    let is_meant = |name: &str| format!("{:#}", rustc_demangle::demangle(name)) == SLOTS;
    let symbol = file.symbols().find(|symbol| symbol.name().is_ok_and(is_meant));
    symbol.map(|symbol| symbol.address()).ok_or_else(|| anyhow!("{} has no {SLOTS}", kernel.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FUNCTIONS: &str = "victim: rounds at 0xffffffff90000100, work at 0xffffffff90000200, own at 0xffffffff90003040..0xffffffff90003080";
    const PLACES: &str = "[   0.012345 core 0] domain 9 victim loaded with SpinPublic: 8192 bytes, 12 imports, text at \
        0xffffffff90000000..0xffffffff90001000, variables at 0xffffffff90003000..0xffffffff90003200";

    #[test]
    fn a_site_is_complete_when_both_have_spoken() {
        let mut survey = Survey::default();
        assert_eq!(survey.read(FUNCTIONS), None);
        assert_eq!(survey.read("victim: 20 rounds, 0 wrong"), None);
        let site = survey.read(PLACES).expect("complete");
        assert_eq!(site.text, 0xffff_ffff_9000_0000..0xffff_ffff_9000_1000);
        assert_eq!(site.data, 0xffff_ffff_9000_3000..0xffff_ffff_9000_3200);
        assert_eq!(site.own, 0xffff_ffff_9000_3040..0xffff_ffff_9000_3080);
        assert_eq!((site.rounds, site.work), (0xffff_ffff_9000_0100, 0xffff_ffff_9000_0200));
    }

    #[test]
    fn half_of_it_is_none() {
        assert_eq!(Survey::default().read(PLACES), None);
        assert_eq!(range("0x10..0x10"), None);
        assert_eq!(range("16..32"), None);
    }
}
