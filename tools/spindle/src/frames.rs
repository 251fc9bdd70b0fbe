//! Frames: the compiler's tables of frames, translated into the one that the kernel reads.
//!
//! What the compiler writes is DWARF (`.eh_frame`, `.gcc_except_table`; LSB 5, 10.5 and 10.6; Itanium C++ ABI, Exception Handling). The
//! kernel has no reader of that: it would be larger than all of its tables. So the build reads it, and writes a
//! `spindle_unwind::Table`: for an extension what holds at each instruction and where frames are cleaned up, since it can be
//! given up anywhere; for the kernel's image what holds at its calls.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, anyhow, bail};
use gimli::{
    AArch64, BaseAddresses, CfaRule, EhFrame, EndianSlice, FrameDescriptionEntry, LittleEndian, Pointer,
    Reader as _, RegisterRule, UnwindContext, UnwindSection as _,
};
use object::{Object as _, ObjectSection as _, ObjectSymbol as _, SymbolScope};
use spindle_unwind::{Base, Rule, SAVED, TableWriter};

type Bytes<'a> = EndianSlice<'a, LittleEndian>;
type Fde<'a> = FrameDescriptionEntry<Bytes<'a>>;

/// BL, with its offset masked away (Arm ARM, C6.2.33), and BLR, with its register masked away (C6.2.34).
const CALLS: [(u32, u32); 2] = [(0xfc00_0000, 0x9400_0000), (0xffff_fc1f, 0xd63f_0000)];
/// Length of an instruction.
const INSTRUCTION: u64 = 4;
/// Number of x19 in DWARF (DWARF for the Arm 64-bit Architecture, 4.1).
const FIRST_SAVED: u16 = 19;

/// What the compiler says of frames, with addresses.
struct Source<'a> {
    eh_frame: &'a [u8],
    bases: BaseAddresses,
    /// Where `.gcc_except_table` lies, and what is in it.
    cleanup: (u64, &'a [u8]),
    text: (u64, &'a [u8]),
}

/// The table of an extension, linked as if it were to stay where it is: offsets in its `.text`.
///
/// # Errors
/// When it can't be read, or has no `.text`, or the table has no room for it.
pub fn of_extension(linked: &[u8]) -> Result<Vec<u8>> {
    let file = object::File::parse(linked)?;
    // Without any code there is nothing to say; the object's check says what is amiss.
    let has_code = file.section_by_name(".text").is_some();
    let Some(eh_frame) = file.section_by_name(".eh_frame").filter(|_| has_code) else {
        return Ok(TableWriter::new().finish()?);
    };
    let source = Source::new(&file, &eh_frame)?;
    let base = source.text.0;
    let offset = |address: u64| {
        Ok::<_, anyhow::Error>(u32::try_from(address.checked_sub(base).context("code before .text")?)?)
    };
    let mut table = TableWriter::new();
    let mut ends = BTreeSet::new();
    source.visit(|fde, rows| {
        for (at, (address, rule)) in rows.iter().enumerate() {
            table.row(offset(*address)?, *rule, at == 0);
        }
        ends.insert(offset(fde.initial_address() + fde.len())?);
        for (first, end, pad) in source.landing_pads(fde)? {
            table.landing_pad(offset(first)?, offset(end)?, offset(pad)?);
        }
        Ok(())
    })?;
    ends.into_iter().for_each(|end| table.end(end));
    Ok(table.finish()?)
}

/// Refuses an object whose code lies at other places than that of `linked`, from which its table was made.
///
/// # Errors
/// When it does, or one of them can't be read.
pub fn check_same_text(linked: &[u8], object: &[u8]) -> Result<()> {
    let functions = |bytes: &[u8]| -> Result<(u64, BTreeMap<String, u64>)> {
        let file = object::File::parse(bytes)?;
        let Some(text) = file.section_by_name(".text") else { return Ok((0, BTreeMap::new())) };
        let own = file.symbols().filter(|symbol| symbol.section_index() == Some(text.index()));
        // A hidden one is local in what is linked for the last time.
        let own = own.filter(|symbol| symbol.scope() == SymbolScope::Dynamic);
        let places = own.map(|symbol| Ok((symbol.name()?.to_owned(), symbol.address() - text.address())));
        Ok((text.size(), places.collect::<Result<_>>()?))
    };
    let ((linked_bytes, linked), (object_bytes, object)) = (functions(linked)?, functions(object)?);
    let moved = object.iter().find(|(name, place)| linked.get(*name) != Some(place));
    match moved {
        _ if linked_bytes != object_bytes => {
            bail!("the linker makes {linked_bytes} bytes of code, and then {object_bytes}")
        }
        Some((name, _)) => bail!("the linker puts `{name}` at one place, and then at another"),
        None => Ok(()),
    }
}

/// The table of the kernel's linked image: offsets from `base`, and what holds at calls.
///
/// # Errors
/// As of [`of_extension`].
pub fn of_image(image: &[u8], base: u64) -> Result<Vec<u8>> {
    let file = object::File::parse(image)?;
    let eh_frame = file.section_by_name(".eh_frame").context("an image without .eh_frame")?;
    let source = Source::new(&file, &eh_frame)?;
    let mut table = TableWriter::new();
    table.row(0, None, true);
    let mut ends = BTreeSet::new();
    source.visit(|fde, rows| {
        let start = fde.initial_address();
        // Code that was thrown away is said to be at zero.
        if start < base || fde.len() == 0 {
            return Ok(());
        }
        let offset = |address: u64| u32::try_from(address - base);
        let holds = |address: u64| rows.range(..=address).next_back().and_then(|(_, rule)| *rule);
        let mut calls = source.calls(start, fde.len()).peekable();
        // Without calls the deepest it goes: it fails where it works, rather than where it begins or ends.
        let deepest = || rows.values().flatten().max_by_key(|rule| rule.size).copied();
        let first = calls.peek().map_or_else(deepest, |call| holds(*call));
        table.row(offset(start)?, first, true);
        let mut last = first;
        for call in calls {
            let rule = holds(call);
            if rule != last {
                table.row(offset(call)?, rule, false);
                last = rule;
            }
        }
        ends.insert(offset(start + fde.len())?);
        Ok(())
    })?;
    // What lies between functions that are described is assembly.
    ends.into_iter().for_each(|end| table.end(end));
    Ok(table.finish()?)
}

impl<'a> Source<'a> {
    fn new(file: &object::File<'a>, eh_frame: &object::Section<'a, '_>) -> Result<Self> {
        let text = file.section_by_name(".text").context("no .text")?;
        let cleanup = file.section_by_name(".gcc_except_table");
        Ok(Self {
            eh_frame: eh_frame.data()?,
            bases: BaseAddresses::default().set_eh_frame(eh_frame.address()).set_text(text.address()),
            cleanup: match &cleanup {
                Some(section) => (section.address(), section.data()?),
                None => (0, &[]),
            },
            text: (text.address(), text.data()?),
        })
    }

    /// Calls `look` with each function that is described, and by address what holds from there on.
    fn visit(
        &self,
        mut look: impl FnMut(&Fde<'_>, &BTreeMap<u64, Option<Rule>>) -> Result<()>,
    ) -> Result<()> {
        let mut section = EhFrame::new(self.eh_frame, LittleEndian);
        section.set_address_size(8);
        let mut entries = section.entries(&self.bases);
        let mut context = UnwindContext::new();
        while let Some(entry) = entries.next()? {
            let gimli::CieOrFde::Fde(partial) = entry else { continue };
            let fde = partial.parse(|section, bases, offset| section.cie_from_offset(bases, offset))?;
            let mut rows = BTreeMap::new();
            let mut found = fde.rows(&section, &self.bases, &mut context)?;
            while let Some(row) = found.next_row()? {
                if row.start_address() < row.end_address() {
                    rows.insert(row.start_address(), rule(row));
                }
            }
            look(&fde, &rows)?;
        }
        Ok(())
    }

    /// Addresses of the calls among `length` bytes of code from `start` on.
    fn calls(&self, start: u64, length: u64) -> impl Iterator<Item = u64> {
        let from = usize::try_from(start - self.text.0).unwrap_or(usize::MAX);
        let length = usize::try_from(length).unwrap_or(0);
        let code = self.text.1.get(from..).map_or(&[][..], |code| &code[..length.min(code.len())]);
        let (words, _) = code.as_chunks::<4>();
        let is_call = |word: u32| CALLS.iter().any(|(mask, value)| word & mask == *value);
        (start..)
            .step_by(INSTRUCTION as usize)
            .zip(words)
            .filter(move |(_, word)| is_call(u32::from_le_bytes(**word)))
            .map(|(address, _)| address)
    }

    /// Where the function's frames are cleaned up: first address of a range of calls, the one behind it, the landing pad.
    fn landing_pads(&self, fde: &Fde<'_>) -> Result<Vec<(u64, u64, u64)>> {
        let Some(Pointer::Direct(lsda)) = fde.lsda() else { return Ok(Vec::new()) };
        let (base, bytes) = self.cleanup;
        let at = lsda.checked_sub(base).and_then(|at| usize::try_from(at).ok());
        let rest =
            at.and_then(|at| bytes.get(at..)).with_context(|| format!("no cleanup table at {lsda:#x}"))?;
        let mut reader = EndianSlice::new(rest, LittleEndian);
        let start = fde.initial_address();
        if reader.read_u8()? != gimli::DW_EH_PE_omit.0 {
            return Err(anyhow!("landing pads are counted from elsewhere than their function"));
        }
        if reader.read_u8()? != gimli::DW_EH_PE_omit.0 {
            reader.read_uleb128()?;
        }
        let encoding = reader.read_u8()?;
        let length = usize::try_from(reader.read_uleb128()?)?;
        let mut calls = reader.split(length)?;
        let mut found = Vec::new();
        while !calls.is_empty() {
            let mut number = || match gimli::DwEhPe(encoding & 0xf) {
                gimli::DW_EH_PE_uleb128 => Ok(calls.read_uleb128()?),
                gimli::DW_EH_PE_udata4 => Ok(u64::from(calls.read_u32()?)),
                other => Err(anyhow!("a cleanup table counts by {other}")),
            };
            let (first, length, pad) = (number()?, number()?, number()?);
            calls.read_uleb128()?;
            if pad != 0 {
                found.push((start + first, start + first + length, start + pad));
            }
        }
        Ok(found)
    }
}

/// What a row says; nothing, if it says something that compilers don't.
fn rule(row: &gimli::UnwindTableRow<usize>) -> Option<Rule> {
    let CfaRule::RegisterAndOffset { register, offset } = row.cfa() else { return None };
    let base = match *register {
        AArch64::SP => Base::Sp,
        AArch64::X29 => Base::FramePointer,
        AArch64::X9 => Base::Scratch,
        _ => return None,
    };
    let mut saved = [0; SAVED];
    for (place, number) in saved.iter_mut().zip(FIRST_SAVED..) {
        match row.register(gimli::Register(number)) {
            RegisterRule::Undefined | RegisterRule::SameValue => {}
            RegisterRule::Offset(offset) => *place = u16::try_from(-offset).ok()?,
            _ => return None,
        }
    }
    Some(Rule { base, size: u32::try_from(*offset).ok()?, saved })
}
