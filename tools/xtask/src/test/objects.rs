//! The archive of the tests: everything of the boot archive, the extensions of the tests and of the guide, and objects that
//! the kernel must refuse.
//!
//! Each refused object is a good one with one thing wrong. What is wrong inside the signed part is signed anew, so that the
//! refusal comes from the check that is meant and not from the signature.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use ed25519_dalek::SigningKey;
use object::elf::{R_AARCH64_CALL26, Rela64, SHN_UNDEF};
use object::read::elf::{ElfFile64, FileHeader as _, SectionHeader as _, Sym as _};
use object::{LittleEndian, SectionIndex, SymbolIndex};
use spindle::audit::object::ENTRY;
use spindle::extension::Builder;
use spindle::sdk::put;
use spindle::sign;

use super::{guide, outlaw, outside, spoiled};
use crate::{archive, keys, repository, sdk};

/// The extension that the refused ones are made of.
const BASE: &str = "gatekeeper.spx";
/// The extension that fails in every way.
const OUTLAW: &str = "culprit.spx";
/// One that publishes an interface, its name, and one that uses it.
const PUBLISHER: &str = "ledger.spx";
const PUBLISHERS_NAME: &[u8] = b"ledger";
const IMPORTER: &str = "teller.spx";
/// Bytes in front of the signed payload: magic, signature, format, reserved word, length, key.
const HEADER_BYTES: usize = 8 + 64 + 4 + 4 + 8 + 32;
/// A relocation that no kernel of ours knows (AArch64 ELF ABI: R_AARCH64_TLSLE_MOVW_TPREL_G2).
const STRANGE_RELOCATION: u32 = 544;
/// Beyond what a direct branch reaches.
const FAR: i64 = 256 << 20;

/// Where the archive of the tests is.
pub(crate) fn archive_path() -> PathBuf {
    repository::out().join("tests.tar")
}

/// Builds the extensions of the tests and packs the archive.
///
/// # Errors
/// When one can't be built or spoiled.
pub(crate) fn build() -> Result<()> {
    let builder = Builder::new(&sdk::folder(), Some(keys::development()?), &repository::extensions())?;
    let extensions = archive::all_extensions()?;
    builder.publish(&extensions)?;
    let mut objects = builder.build_several(&extensions)?;
    outlaw(&mut objects)?;
    objects.push(builder.build(&guide::write()?)?);
    objects.extend(outside::objects()?);
    let good = |name: &str| {
        let path = objects.iter().find(|path| path.ends_with(name)).with_context(|| format!("no {name}"))?;
        anyhow::Ok(fs::read(path)?)
    };
    let (base, publisher) = (good(BASE)?, good(PUBLISHER)?);
    let payload = |object: &[u8]| object.get(HEADER_BYTES..).unwrap_or_default().to_vec();
    let spoiled = spoiled::all(&payload(&base), &payload(&publisher), &keys::development()?)?;
    let refused = [refused(&base)?, misleading(&publisher, &good(IMPORTER)?)?, spoiled].concat();
    let folder = repository::out().join("refused");
    fs::create_dir_all(&folder)?;
    for (name, bytes) in refused {
        let path = folder.join(format!("{name}.spx"));
        put(&path, &bytes)?;
        objects.push(path);
    }
    let configuration = fs::read_to_string(repository::root().join("extensions/boot.conf"))?;
    archive::pack(&configuration, &objects, &archive_path())
}

/// Puts in the place of the extension [`OUTLAW`] one that does what no safe program can.
fn outlaw(objects: &mut [PathBuf]) -> Result<()> {
    let place =
        objects.iter_mut().find(|path| path.ends_with(OUTLAW)).with_context(|| format!("no {OUTLAW}"))?;
    let mut payload = fs::read(&*place)?.get(HEADER_BYTES..).unwrap_or_default().to_vec();
    outlaw::patch(&mut payload)?;
    let folder = repository::out().join("outlaw");
    fs::create_dir_all(&folder)?;
    *place = folder.join(OUTLAW);
    put(place, &sign::sign(&payload, &keys::development()?))
}

/// Each refused object by name.
fn refused(good: &[u8]) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let key = keys::development()?;
    let payload = good.get(HEADER_BYTES..).context("the good object is too short")?;
    let spoiled = |spoil: fn(&mut [u8]) -> Result<()>| -> Result<Vec<u8>> {
        let mut payload = payload.to_vec();
        spoil(&mut payload)?;
        Ok(sign::sign(&payload, &key))
    };
    let revoked = keys::revoked_for_tests()?;
    let stranger = SigningKey::from_bytes(&[7; 32]);
    let mut unsigned = good.to_vec();
    unsigned[8..72].fill(0);
    let mut altered = good.to_vec();
    altered[HEADER_BYTES + payload.len() / 2] ^= 1;
    Ok(vec![
        ("unsigned", unsigned),
        ("altered", altered),
        ("truncated", good[..good.len() / 2].to_vec()),
        ("stranger", sign::sign(payload, &stranger)),
        ("revoked", sign::sign(payload, &revoked)),
        ("empty", Vec::new()),
        ("not-an-object", sign::sign(b"these are not the bytes of an object", &key)),
        ("other-interface", spoiled(change_digest)?),
        ("missing-import", spoiled(rename_import)?),
        ("strange-relocation", spoiled(|payload| change_call(payload, Some(STRANGE_RELOCATION), 0))?),
        ("far-branch", spoiled(|payload| change_call(payload, None, FAR))?),
    ])
}

/// Objects that mislead about what is published, each signed anew.
fn misleading(publisher: &[u8], importer: &[u8]) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let key = keys::development()?;
    let spoiled = |good: &[u8], spoil: fn(&mut [u8]) -> Result<()>| -> Result<Vec<u8>> {
        let mut payload = good.get(HEADER_BYTES..).context("the good object is too short")?.to_vec();
        spoil(&mut payload)?;
        Ok(sign::sign(&payload, &key))
    };
    Ok(vec![
        ("publishes-nothing", spoiled(publisher, change_published)?),
        ("impostor", spoiled(publisher, rename)?),
        ("other-published", spoiled(importer, change_digest)?),
    ])
}

type Elf<'a> = ElfFile64<'a, LittleEndian>;

fn parse(payload: &[u8]) -> Result<Elf<'_>> {
    Elf::parse(payload).context("the good object is no ELF file")
}

/// Offset and length of the section `name` in the file.
fn section(payload: &[u8], name: &str) -> Result<(usize, usize)> {
    let elf = parse(payload)?;
    let sections = elf.elf_header().sections(LittleEndian, payload)?;
    let (_, header) = sections
        .section_by_name(LittleEndian, name.as_bytes())
        .ok_or_else(|| anyhow!("the good object has no {name}"))?;
    Ok((header.sh_offset(LittleEndian) as usize, header.sh_size(LittleEndian) as usize))
}

/// Another digest for the last interface in the note.
fn change_digest(payload: &mut [u8]) -> Result<()> {
    let (offset, bytes) = section(payload, ".ext.deps")?;
    payload[offset + bytes - 1] ^= 1;
    Ok(())
}

/// Another hash for the last symbol in the note, which is no symbol of the object.
fn change_published(payload: &mut [u8]) -> Result<()> {
    let (offset, bytes) = section(payload, ".ext.deps")?;
    payload[offset + bytes - size_of::<u64>()] ^= 1;
    Ok(())
}

/// Another name of the same length for the extension, in its note and where its entry record points to.
fn rename(payload: &mut [u8]) -> Result<()> {
    const NAME: &[u8] = b"liegde";
    let (offset, bytes) = section(payload, ".ext.deps")?;
    let record = [&[0, PUBLISHERS_NAME.len() as u8], PUBLISHERS_NAME].concat();
    let note = payload[offset..offset + bytes].windows(record.len()).position(|window| window == record);
    let note = offset + note.context("the note names another extension")? + 2;
    let entry = pointer(payload, ".rela.ext.entry", ENTRY.name_at as u64)?;
    for at in [note, entry] {
        let place = &mut payload[at..at + NAME.len()];
        if place != PUBLISHERS_NAME {
            bail!("the good object has another name");
        }
        place.copy_from_slice(NAME);
    }
    Ok(())
}

/// Where in the file the pointer at `offset` leads that the section of relocations `name` fills.
fn pointer(payload: &[u8], name: &str, offset: u64) -> Result<usize> {
    let (start, bytes) = section(payload, name)?;
    let (records, _) = object::pod::slice_from_bytes::<Rela64<LittleEndian>>(&payload[start..], bytes / 24)
        .map_err(|()| anyhow!("{name} is cut short"))?;
    let record = records.iter().find(|record| record.r_offset.get(LittleEndian) == offset);
    let record = record.with_context(|| format!("{name} fills nothing at {offset}"))?;
    let elf = parse(payload)?;
    let symbol = elf.elf_symbol_table().symbol(SymbolIndex(record.r_sym(LittleEndian, false) as usize))?;
    let sections = elf.elf_header().sections(LittleEndian, payload)?;
    let home = sections.section(SectionIndex(usize::from(symbol.st_shndx(LittleEndian).0)))?;
    let addend = record.r_addend.get(LittleEndian) as u64;
    Ok((home.sh_offset(LittleEndian) + symbol.st_value(LittleEndian) + addend) as usize)
}

/// Another name for something that is imported.
fn rename_import(payload: &mut [u8]) -> Result<()> {
    let (strings, _) = section(payload, ".strtab")?;
    let name = {
        let elf = parse(payload)?;
        let symbols = elf.elf_symbol_table();
        let import = symbols
            .iter()
            .find(|symbol| {
                let is_import =
                    symbol.st_shndx(LittleEndian) == SHN_UNDEF && symbol.st_name(LittleEndian) != 0;
                is_import
                    && symbols.symbol_name(LittleEndian, symbol).is_ok_and(|name| name.starts_with(b"_R"))
            })
            .context("the good object imports nothing")?;
        import.st_name(LittleEndian) as usize
    };
    payload[strings + name + 3] = b'q';
    Ok(())
}

/// Another type or addend for the first direct call.
fn change_call(payload: &mut [u8], kind: Option<u32>, addend: i64) -> Result<()> {
    const RECORD_BYTES: usize = 24;
    let (offset, bytes) = section(payload, ".rela.text")?;
    for at in (offset..offset + bytes).step_by(RECORD_BYTES) {
        let record: &Rela64<LittleEndian> =
            object::pod::from_bytes(&payload[at..]).map_err(|()| anyhow!("a relocation is cut short"))?.0;
        if record.r_type(LittleEndian, false) == R_AARCH64_CALL26 {
            if let Some(kind) = kind {
                payload[at + 8..at + 12].copy_from_slice(&kind.to_le_bytes());
            }
            payload[at + 16..at + 24].copy_from_slice(&addend.to_le_bytes());
            return Ok(());
        }
    }
    Err(anyhow!("the good object calls nothing"))
}
