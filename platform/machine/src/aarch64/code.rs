//! The code window: where extensions are placed, within reach of a direct branch from any text of the image.
//!
//! Invariants: a page of the window is writable or executable, never both; its frame has no other mapping, so sealed text
//! cannot be written through any address. This module knows pages and permissions; what the bytes mean is the linker's.
//!
//! Window and arena have one fixed distance, so one bitmap of pages allocates both.

use super::cache;
use super::layout::CODE_WINDOW;
use super::memory::KERNEL_MAP;
use super::page_table::Kind;
use crate::address::{PAGE_SIZE, PhysAddr, PhysRange, VirtAddr};
use core::ops::Range;
use core::slice;
use spindle_sync::{Authority, Lock};

pub use crate::code_error::{CodeError, Entry, Record, Sizes};

/// Most pages that the arena can have: 16 MiB.
const LARGEST_PAGES: usize = 4096;

/// The arena's frames and which are in use.
struct Arena {
    start: PhysAddr,
    pages: usize,
    used: [u64; LARGEST_PAGES / 64],
}

static ARENA: Lock<Arena> = Lock::new(Arena { start: PhysAddr(0), pages: 0, used: [0; LARGEST_PAGES / 64] });

impl Arena {
    fn is_used(&self, page: usize) -> bool {
        self.used[page / 64] & (1 << (page % 64)) != 0
    }

    fn mark(&mut self, pages: Range<usize>, is_used: bool) {
        for page in pages {
            let bit = 1 << (page % 64);
            if is_used { self.used[page / 64] |= bit } else { self.used[page / 64] &= !bit }
        }
    }

    /// The lowest gap of `count` pages.
    fn take(&mut self, count: usize) -> Option<usize> {
        let mut first = 0;
        while first + count <= self.pages {
            match (first..first + count).rev().find(|page| self.is_used(*page)) {
                Some(used) => first = used + 1,
                None => {
                    self.mark(first..first + count, true);
                    return Some(first);
                }
            }
        }
        None
    }
}

/// Gives the window its frames; once, at the start.
pub(crate) fn set_arena(frames: PhysRange) {
    let mut arena = ARENA.lock();
    arena.start = frames.start;
    arena.pages = (frames.len_bytes() as usize / PAGE_SIZE).min(LARGEST_PAGES);
}

/// Bytes of the window that are in use.
pub(crate) fn used_bytes() -> usize {
    ARENA.lock().used.iter().map(|word| word.count_ones() as usize).sum::<usize>() * PAGE_SIZE
}

/// A part of the window: text, rodata and data, each in whole pages.
#[derive(Debug)]
struct Placement {
    first_page: usize,
    pages: usize,
    sizes: Sizes,
}

const fn pages_of(bytes: usize) -> usize {
    bytes.div_ceil(PAGE_SIZE)
}

impl Placement {
    fn address(&self) -> usize {
        CODE_WINDOW + self.first_page * PAGE_SIZE
    }

    fn text(&self) -> Range<usize> {
        self.address()..self.address() + self.sizes.text
    }

    fn rodata(&self) -> Range<usize> {
        let start = self.address() + pages_of(self.sizes.text) * PAGE_SIZE;
        start..start + self.sizes.rodata
    }

    fn data(&self) -> Range<usize> {
        let start = self.address() + (pages_of(self.sizes.text) + pages_of(self.sizes.rodata)) * PAGE_SIZE;
        start..start + self.sizes.data
    }

    fn all(&self) -> Range<usize> {
        self.address()..self.address() + self.pages * PAGE_SIZE
    }
}

impl Drop for Placement {
    /// Unmaps the pages on all cores and gives the frames back.
    fn drop(&mut self) {
        let range = self.all();
        let unmapped = KERNEL_MAP.lock().as_mut().map_or(Ok(()), |map| map.unmap(range));
        if unmapped.is_err() {
            // Still mapped: the pages stay taken rather than be handed out twice.
            return;
        }
        ARENA.lock().mark(self.first_page..self.first_page + self.pages, false);
    }
}

/// Pages that are being written: mapped read-write, not executable, zeroed.
#[derive(Debug)]
pub struct Writable(Placement);

/// Reserves a part of the window.
///
/// # Errors
/// [`CodeError::NoRoom`] when no gap is large enough; nothing is kept then.
///
/// # Context
/// Not in interrupt context. Any core.
pub fn reserve(sizes: Sizes) -> Result<Writable, CodeError> {
    let pages = sizes.pages();
    let (first_page, frames) = {
        let mut arena = ARENA.lock();
        let first = arena.take(pages).ok_or(CodeError::NoRoom { pages })?;
        (first, PhysAddr(arena.start.0 + (first * PAGE_SIZE) as u64))
    };
    let placement = Placement { first_page, pages, sizes };
    let range = placement.all();
    if let Some(map) = KERNEL_MAP.lock().as_mut() {
        map.map_pages(range.clone(), frames, Kind::Data).map_err(CodeError::Map)?;
    }
    // SAFETY: the pages were just mapped read-write and belong to `placement` alone.
    unsafe { (range.start as *mut u8).write_bytes(0, range.len()) };
    Ok(Writable(placement))
}

impl Writable {
    /// Where text will run.
    #[must_use]
    pub fn text_address(&self) -> VirtAddr {
        VirtAddr(self.0.text().start)
    }

    /// Where rodata will be read.
    #[must_use]
    pub fn rodata_address(&self) -> VirtAddr {
        VirtAddr(self.0.rodata().start)
    }

    /// Where data will be.
    #[must_use]
    pub fn data_address(&self) -> VirtAddr {
        VirtAddr(self.0.data().start)
    }

    /// The bytes of text.
    pub fn text(&mut self) -> &mut [u8] {
        self.slice(self.0.text())
    }

    /// The bytes of rodata.
    pub fn rodata(&mut self) -> &mut [u8] {
        self.slice(self.0.rodata())
    }

    /// The bytes of data.
    pub fn data(&mut self) -> &mut [u8] {
        self.slice(self.0.data())
    }

    /// The bytes of text, rodata and data at once.
    pub fn sections(&mut self) -> (&mut [u8], &mut [u8], &mut [u8]) {
        let [text, rodata, data] = [self.0.text(), self.0.rodata(), self.0.data()];
        // SAFETY: three disjoint parts of pages that are mapped read-write and borrowed mutably through `self`.
        let text = unsafe { slice::from_raw_parts_mut(text.start as *mut u8, text.len()) };
        // SAFETY: as above.
        let rodata = unsafe { slice::from_raw_parts_mut(rodata.start as *mut u8, rodata.len()) };
        // SAFETY: as above.
        let data = unsafe { slice::from_raw_parts_mut(data.start as *mut u8, data.len()) };
        (text, rodata, data)
    }

    fn slice(&mut self, range: Range<usize>) -> &mut [u8] {
        // SAFETY: mapped read-write, ours alone, borrowed through `self`.
        unsafe { slice::from_raw_parts_mut(range.start as *mut u8, range.len()) }
    }

    /// Ends writing: text becomes read-execute and fetchable, rodata read-only, data stays read-write.
    ///
    /// Every other core still needs [`synchronise`] before it runs the text.
    ///
    /// # Errors
    /// [`CodeError::Map`]; everything is given back then.
    pub fn seal(self) -> Result<Sealed, CodeError> {
        cache::publish_instructions(self.0.text());
        if let Some(map) = KERNEL_MAP.lock().as_mut() {
            map.protect(self.0.text(), Kind::Text).map_err(CodeError::Map)?;
            map.protect(self.0.rodata(), Kind::Rodata).map_err(CodeError::Map)?;
        }
        Ok(Sealed(self.0))
    }
}

/// Makes this core fetch instructions afresh; on every core between a seal and the first run of the new text.
pub fn synchronise() {
    cache::synchronise();
}

/// Loaded code: text read-execute, rodata read-only, data read-write. Dropping it unmaps all three.
#[derive(Debug)]
pub struct Sealed(Placement);

impl Sealed {
    /// Addresses of the text.
    #[must_use]
    pub fn text_range(&self) -> Range<usize> {
        self.0.text()
    }

    /// Addresses of the rodata.
    #[must_use]
    pub fn rodata_range(&self) -> Range<usize> {
        self.0.rodata()
    }

    /// Addresses of the data.
    #[must_use]
    pub fn data_range(&self) -> Range<usize> {
        self.0.data()
    }

    /// Bytes of the window that it takes, in whole pages.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.0.pages * PAGE_SIZE
    }

    /// The function whose address stands at `at` of the entry record, or none: the one place where an address becomes a
    /// function.
    ///
    /// That `F` is the type of the function there is proved by what the caller has verified before it placed the bytes: the
    /// signature of the tool that compiled the record against the type, and the digest of the interface that declares it.
    /// Hence the authority: only the kernel's loader may ask.
    ///
    /// # Errors
    /// [`CodeError::NoEntry`] when there is no such record, or the address is not of its text.
    pub fn entry<F: Entry>(&self, record: Record, at: usize, _: &Authority) -> Result<Option<F>, CodeError> {
        let missing = CodeError::NoEntry { offset: record.offset };
        let start = self.rodata_word(record.offset).ok_or(missing.clone())?;
        let abi = self.rodata_word(record.offset + size_of::<u64>()).ok_or(missing.clone())?;
        if start != record.magic || abi as u32 != record.abi {
            return Err(missing);
        }
        let offset = record.offset.checked_add(at).ok_or(missing.clone())?;
        match self.rodata_word(offset).ok_or(missing.clone())? {
            0 => return Ok(None),
            address if self.0.text().contains(&(address as usize)) => {}
            _ => return Err(missing),
        }
        let pointer = (self.0.rodata().start + offset) as *const F;
        // SAFETY: mapped, inside rodata and aligned, as the word there was just read; it is not null and leads into text.
        // Magic and ABI were checked; that a function of this type is there is what the signing tool compiled, see above.
        Ok(Some(unsafe { pointer.read() }))
    }

    /// The eight bytes at `offset` of rodata.
    fn rodata_word(&self, offset: usize) -> Option<u64> {
        let rodata = self.0.rodata();
        let address = rodata.start.checked_add(offset)?;
        let end = address.checked_add(size_of::<u64>())?;
        if end > rodata.end || !address.is_multiple_of(align_of::<u64>()) {
            return None;
        }
        // SAFETY: mapped, inside rodata, aligned: a word of initialised memory.
        Some(unsafe { (address as *const u64).read() })
    }
}

/// Unmaps loaded code and gives its pages back.
///
/// # Context
/// Only after a grace period in which nothing could enter the code.
pub fn release(code: Sealed) {
    drop(code);
}
