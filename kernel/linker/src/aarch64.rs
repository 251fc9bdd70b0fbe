//! AArch64 relocations: how each type's value is computed, where it must lie, and how it is encoded.
//!
//! The types are those that `rustc` produces for a static relocation model and the small code model, and their close
//! relatives. Whatever would need a global offset table, a thread pointer or a veneer is not linked.
//!
//! Three steps: [`Kind::value`] computes, checks alignment and range; [`Kind::encode`] puts the value into the place's old
//! contents. Neither stores. Addresses are numbers modulo 2^64, as in the machine.
//!
//! Sources: "ELF for the Arm 64-bit Architecture" (AAELF64, IHI 0056), "Relocation operations"; Arm Architecture Reference
//! Manual (DDI 0487), C4.1 "A64 instruction set encoding".

mod names;

use core::fmt;
use core::ops::Range;

pub use names::name_of;

/// The null relocation: AAELF64, "Static miscellaneous relocations".
pub const NONE: u32 = 0;
/// Withdrawn, to be treated as [`NONE`]: AAELF64, "Static miscellaneous relocations".
pub const NONE_WITHDRAWN: u32 = 256;

/// A type of relocation that is linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `S + A`, 64 bits. AAELF64, "Static Data relocations".
    Abs64,
    /// `S + A`, 32 bits, signed or unsigned. AAELF64, "Static Data relocations".
    Abs32,
    /// `S + A - P`, 64 bits. AAELF64, "Static Data relocations".
    Prel64,
    /// `S + A - P`, 32 bits, signed or unsigned. AAELF64, "Static Data relocations".
    Prel32,
    /// `Page(S + A) - Page(P)` into ADRP, within 4 GiB. AAELF64, "Static AArch64 relocations", "Relocations to generate 19,
    /// 21 and 33 bit PC-relative addresses".
    AdrPrelPgHi21,
    /// Low 12 bits of `S + A` into ADD (immediate). AAELF64, same table.
    AddAbsLo12Nc,
    /// Low 12 bits of `S + A` into a load or store of 1 byte. AAELF64, same table.
    Ldst8AbsLo12Nc,
    /// Bits 11 to 1 of `S + A` into a load or store of 2 bytes. AAELF64, same table and its note on alignment.
    Ldst16AbsLo12Nc,
    /// Bits 11 to 2 of `S + A` into a load or store of 4 bytes. AAELF64, same table and its note on alignment.
    Ldst32AbsLo12Nc,
    /// Bits 11 to 3 of `S + A` into a load or store of 8 bytes. AAELF64, same table and its note on alignment.
    Ldst64AbsLo12Nc,
    /// Bits 11 to 4 of `S + A` into a load or store of 16 bytes. AAELF64, same table and its note on alignment.
    Ldst128AbsLo12Nc,
    /// `S + A - P` into B, within 128 MiB. AAELF64, "Static AArch64 relocations", "Relocations for control-flow
    /// instructions".
    Jump26,
    /// `S + A - P` into BL, within 128 MiB. AAELF64, same table.
    Call26,
}

/// New contents of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoded {
    /// Four bytes.
    Word(u32),
    /// Eight bytes.
    Double(u64),
}

/// An instruction as a pattern: `word & mask == value`.
struct Pattern {
    mask: u32,
    value: u32,
}

impl Kind {
    /// All types that are linked.
    pub const ALL: [Self; 13] = [
        Self::Abs64,
        Self::Abs32,
        Self::Prel64,
        Self::Prel32,
        Self::AdrPrelPgHi21,
        Self::AddAbsLo12Nc,
        Self::Ldst8AbsLo12Nc,
        Self::Ldst16AbsLo12Nc,
        Self::Ldst32AbsLo12Nc,
        Self::Ldst64AbsLo12Nc,
        Self::Ldst128AbsLo12Nc,
        Self::Jump26,
        Self::Call26,
    ];

    /// Its number in `r_info`: AAELF64, "Relocation codes".
    #[must_use]
    pub const fn code(self) -> u32 {
        match self {
            Self::Abs64 => 257,
            Self::Abs32 => 258,
            Self::Prel64 => 260,
            Self::Prel32 => 261,
            Self::AdrPrelPgHi21 => 275,
            Self::AddAbsLo12Nc => 277,
            Self::Ldst8AbsLo12Nc => 278,
            Self::Jump26 => 282,
            Self::Call26 => 283,
            Self::Ldst16AbsLo12Nc => 284,
            Self::Ldst32AbsLo12Nc => 285,
            Self::Ldst64AbsLo12Nc => 286,
            Self::Ldst128AbsLo12Nc => 299,
        }
    }

    /// The type with this number, if it is linked.
    #[must_use]
    pub const fn from_code(code: u32) -> Option<Self> {
        Some(match code {
            257 => Self::Abs64,
            258 => Self::Abs32,
            260 => Self::Prel64,
            261 => Self::Prel32,
            275 => Self::AdrPrelPgHi21,
            277 => Self::AddAbsLo12Nc,
            278 => Self::Ldst8AbsLo12Nc,
            282 => Self::Jump26,
            283 => Self::Call26,
            284 => Self::Ldst16AbsLo12Nc,
            285 => Self::Ldst32AbsLo12Nc,
            286 => Self::Ldst64AbsLo12Nc,
            299 => Self::Ldst128AbsLo12Nc,
            _ => return None,
        })
    }

    /// How many bytes it changes.
    #[must_use]
    pub const fn width_bytes(self) -> usize {
        if matches!(self, Self::Abs64 | Self::Prel64) { 8 } else { 4 }
    }

    /// Whether it changes an instruction, rather than data.
    #[must_use]
    pub const fn is_instruction(self) -> bool {
        !matches!(self, Self::Abs64 | Self::Abs32 | Self::Prel64 | Self::Prel32)
    }

    /// Whether it is the target of a branch, so that `S + A` must be an instruction.
    #[must_use]
    pub const fn is_branch(self) -> bool {
        matches!(self, Self::Jump26 | Self::Call26)
    }

    /// Whether the instruction `word` is one that this type is for.
    ///
    /// Masks and values: DDI 0487, C4.1 "PC-rel. addressing", "Add/subtract (immediate)", "Unconditional branch
    /// (immediate)", "Load/store register (unsigned immediate)". Loads and stores of up to 8 bytes are those of general
    /// registers: kernel and extensions are compiled without floating point.
    #[must_use]
    pub const fn fits_instruction(self, word: u32) -> bool {
        let Pattern { mask, value } = match self {
            Self::Abs64 | Self::Abs32 | Self::Prel64 | Self::Prel32 => Pattern { mask: 0, value: 0 },
            Self::AdrPrelPgHi21 => Pattern { mask: 0x9f00_0000, value: 0x9000_0000 },
            Self::AddAbsLo12Nc => Pattern { mask: 0x7fc0_0000, value: 0x1100_0000 },
            Self::Ldst8AbsLo12Nc => Pattern { mask: 0xff00_0000, value: 0x3900_0000 },
            Self::Ldst16AbsLo12Nc => Pattern { mask: 0xff00_0000, value: 0x7900_0000 },
            Self::Ldst32AbsLo12Nc => Pattern { mask: 0xff00_0000, value: 0xb900_0000 },
            Self::Ldst64AbsLo12Nc => Pattern { mask: 0xff00_0000, value: 0xf900_0000 },
            // Size 00 with the SIMD bit and the high bit of opc: the 128-bit form.
            Self::Ldst128AbsLo12Nc => Pattern { mask: 0xff80_0000, value: 0x3d80_0000 },
            Self::Jump26 => Pattern { mask: 0xfc00_0000, value: 0x1400_0000 },
            Self::Call26 => Pattern { mask: 0xfc00_0000, value: 0x9400_0000 },
        };
        word & mask == value
    }

    /// The value `X` for a place at address `place`, when symbol and addend make `target`.
    ///
    /// # Errors
    /// [`ValueError`] when `X` does not fit, or is not aligned as the instruction needs it.
    pub const fn value(self, place: u64, target: u64) -> Result<u64, ValueError> {
        let value = match self {
            Self::Prel64 | Self::Prel32 | Self::Jump26 | Self::Call26 => target.wrapping_sub(place),
            Self::AdrPrelPgHi21 => page(target).wrapping_sub(page(place)),
            _ => target,
        };
        let align = self.align();
        if !value.is_multiple_of(align) {
            return Err(ValueError::Misaligned { value, align });
        }
        if let Some(Range { start, end }) = self.range() {
            let signed = value.cast_signed();
            if signed < start || signed >= end {
                return Err(ValueError::OutOfRange { value: signed, start, end });
            }
        }
        Ok(value)
    }

    /// What the value must be a multiple of.
    const fn align(self) -> u64 {
        match self {
            Self::Jump26 | Self::Call26 | Self::Ldst32AbsLo12Nc => 4,
            Self::Ldst16AbsLo12Nc => 2,
            Self::Ldst64AbsLo12Nc => 8,
            Self::Ldst128AbsLo12Nc => 16,
            _ => 1,
        }
    }

    /// Where the value must lie, as a signed number; `None` where any will do.
    #[must_use]
    pub const fn range(self) -> Option<Range<i64>> {
        match self {
            Self::Abs32 | Self::Prel32 => Some(-(1 << 31)..1 << 32),
            Self::AdrPrelPgHi21 => Some(-(1 << 32)..1 << 32),
            Self::Jump26 | Self::Call26 => Some(-(1 << 27)..1 << 27),
            _ => None,
        }
    }

    /// Puts a value into `word`, the old contents of the place; data replaces them.
    #[must_use]
    pub const fn encode(self, value: u64, word: u32) -> Encoded {
        let low = value as u32;
        Encoded::Word(match self {
            Self::Abs64 | Self::Prel64 => return Encoded::Double(value),
            Self::Abs32 | Self::Prel32 => low,
            // immlo is bits 30:29 and takes the low two of the page number, immhi bits 23:5.
            Self::AdrPrelPgHi21 => {
                let pages = (value >> 12) as u32;
                field(field(word, pages, 29, 2), pages >> 2, 5, 19)
            }
            Self::AddAbsLo12Nc | Self::Ldst8AbsLo12Nc => field(word, low & 0xfff, 10, 12),
            Self::Ldst16AbsLo12Nc => field(word, (low & 0xfff) >> 1, 10, 12),
            Self::Ldst32AbsLo12Nc => field(word, (low & 0xfff) >> 2, 10, 12),
            Self::Ldst64AbsLo12Nc => field(word, (low & 0xfff) >> 3, 10, 12),
            Self::Ldst128AbsLo12Nc => field(word, (low & 0xfff) >> 4, 10, 12),
            Self::Jump26 | Self::Call26 => field(word, low >> 2, 0, 26),
        })
    }
}

/// `Page(expr)`: AAELF64, "Relocation operations".
const fn page(address: u64) -> u64 {
    address & !0xfff
}

/// `word` with its `width` bits from `shift` on replaced by the low bits of `value`.
const fn field(word: u32, value: u32, shift: u32, width: u32) -> u32 {
    let mask = (1 << width) - 1;
    word & !(mask << shift) | (value & mask) << shift
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(name_of(self.code()).unwrap_or("unnamed"))
    }
}

/// Why a value cannot be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueError {
    /// It does not fit into its field.
    OutOfRange {
        /// The value.
        value: i64,
        /// The smallest that fits.
        start: i64,
        /// One more than the largest that fits.
        end: i64,
    },
    /// It is not a multiple of what the instruction scales by.
    Misaligned {
        /// The value.
        value: u64,
        /// What it must be a multiple of.
        align: u64,
    },
}

impl fmt::Display for ValueError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { value, start, end } => {
                write!(out, "{value} is not in the range from {start} to {}", end - 1)
            }
            Self::Misaligned { value, align } => write!(out, "{value:#x} is no multiple of {align}"),
        }
    }
}

impl core::error::Error for ValueError {}

#[cfg(test)]
mod tests;
