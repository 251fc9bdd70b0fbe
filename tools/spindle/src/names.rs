//! Names: the table of a linked file's function names, as the kernel reads it in a backtrace.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use object::{Object as _, ObjectSection as _, ObjectSymbol as _, SymbolKind};
use spindle_linker::names_table;

/// Longest name; generic ones can fill screens.
const LONGEST_NAME: usize = 120;

/// That of an extension, linked as if it were to stay where it is: offsets in its `.text`.
///
/// # Errors
/// When it can't be read, or is too large for the table.
pub fn of_extension(linked: &[u8]) -> Result<Vec<u8>> {
    let file = object::File::parse(linked)?;
    // Without any code there is nothing to say; the object's check says what is amiss.
    let Some(text) = file.section_by_name(".text") else { return Ok(Vec::new()) };
    let functions = functions(&file, text.address())?;
    Ok(names_table(0, &functions))
}

/// That of a linked image, with addresses counted from `base`.
///
/// # Errors
/// As of [`of_extension`].
pub fn of_image(image: &[u8], base: u64) -> Result<Vec<u8>> {
    Ok(names_table(base, &functions(&object::File::parse(image)?, base)?))
}

/// The functions of `file`, by how far they are from `base`.
fn functions(file: &object::File<'_>, base: u64) -> Result<BTreeMap<u32, String>> {
    let mut functions = BTreeMap::new();
    for symbol in file.symbols().filter(|symbol| symbol.is_definition() && symbol.kind() == SymbolKind::Text)
    {
        let name = symbol.name()?;
        if name.starts_with('$') {
            continue; // marks where code and data begin (ELF for the Arm 64-bit Architecture, 5.5.4)
        }
        if let Some(offset) = symbol.address().checked_sub(base) {
            let offset = u32::try_from(offset).context("a function is 4 GiB from the beginning")?;
            functions.insert(offset, shortened(&format!("{:#}", rustc_demangle::demangle(name))));
        }
    }
    Ok(functions)
}

fn shortened(name: &str) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}...", &name[..end]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use object::write::Object;
    use object::{Architecture, BinaryFormat, Endianness};

    use super::{of_image, shortened};

    #[test]
    fn an_image_without_functions_has_an_empty_table_of_names() {
        let object = Object::new(BinaryFormat::Elf, Architecture::Aarch64, Endianness::Little);
        let table = of_image(&object.write().expect("encodes"), 7).expect("encodes");
        assert!(spindle_linker::Names::new(&table).expect("whole").at(7).is_none());
    }

    #[test]
    fn names_are_cut_between_characters() {
        assert_eq!(shortened("short"), "short");
        assert_eq!(shortened(&"é".repeat(121)), format!("{}...", "é".repeat(120)));
    }
}
