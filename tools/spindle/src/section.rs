//! Sections of objects that are tables rather than code.

use object::write::{Object, SectionId, StandardSegment};
use object::{SectionFlags, SectionKind, elf};

/// A read-only section that is part of the image.
pub fn read_only(object: &mut Object<'_>, name: &str) -> SectionId {
    let segment = object.segment_name(StandardSegment::Data).to_vec();
    let section = object.add_section(segment, name.as_bytes().to_vec(), SectionKind::ReadOnlyData);
    object.section_mut(section).flags =
        SectionFlags::Elf { sh_type: elf::SHT_PROGBITS, sh_flags: elf::SHF_ALLOC };
    section
}
