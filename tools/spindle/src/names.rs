//! Names: the table of a linked file's function names, as the kernel reads it in a backtrace.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use object::{Object as _, ObjectSection as _, ObjectSymbol as _, SymbolKind};
use spindle_linker::names_table;

/// Of a longer name, how many characters of its beginning and of its end are kept: which crate it is of, and which function.
/// Generic ones can fill screens.
const KEPT: (usize, usize) = (44, 34);
const LEFT_OUT: &str = "..";

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
    let (begin, end) = KEPT;
    let count = name.chars().count();
    if count <= begin + LEFT_OUT.len() + end {
        return name.to_owned();
    }
    name.chars().take(begin).chain(LEFT_OUT.chars()).chain(name.chars().skip(count - end)).collect()
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
    fn of_a_long_name_the_beginning_and_the_end_are_kept() {
        let longest = "é".repeat(80);
        assert_eq!((shortened("short").as_str(), shortened(&longest)), ("short", longest));
        let long = format!("{}{}{}", "a".repeat(44), "-".repeat(3), "z".repeat(34));
        assert_eq!(shortened(&long), format!("{}..{}", "a".repeat(44), "z".repeat(34)));
    }
}
