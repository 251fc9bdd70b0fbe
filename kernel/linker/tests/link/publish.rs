//! Publishing: an object says what others can link to, has to define all of it, and another object is linked to that.

use spindle_linker::export::fnv1a64;
use spindle_linker::note::NoteWriter;
use spindle_linker::object::{Place, Region};
use spindle_linker::publish;
use spindle_linker::relocate::RelocateError;
use spindle_linker::{
    Bases, Digest, Export, Exports, Images, LinkError, Linkage, Object, Plan, PublishedAddress,
    PublishedTable, SourceId, check_ownership, relocate, resolve,
};

use crate::fixture::{BASES, COMPILER, EVENT_DIGEST, EVERY_KIND, granted, kernel, parse};
use crate::patch::{Patched, ST_INFO, every_kind};

const LEDGER: Digest = Digest([0x44; 32]);

fn hash(name: &str) -> u64 {
    fnv1a64(name.as_bytes())
}

/// The object, publishing the symbols `names` in a crate for each list.
fn publishing(crates: &[(&str, &[&str])]) -> Patched {
    let note = NoteWriter::for_extension("every_kind", COMPILER).interface("spindle_event", &EVENT_DIGEST);
    let note = crates.iter().fold(note, |note, (name, names)| {
        let mut hashes: Vec<u64> = names.iter().map(|name| hash(name)).collect();
        hashes.sort_unstable();
        note.published(name, &LEDGER, &hashes)
    });
    every_kind().note(&note.finish().expect("note"))
}

#[track_caller]
fn refuses(object: &Patched, expected: &str) {
    match parse(&object.0) {
        Ok(_) => panic!("not refused"),
        Err(refused) => {
            assert!(matches!(refused, LinkError::Object(_)));
            assert_eq!(refused.to_string(), expected);
        }
    }
}

fn table(object: &Patched) -> PublishedTable {
    let object = parse(&object.0).expect("object");
    let plan = Plan::new(&object).expect("plan");
    PublishedTable::new(&object, &plan, &BASES).expect("own plan")
}

#[test]
fn an_object_that_publishes_nothing_offers_nothing() {
    let table = table(&every_kind());
    assert!(table.is_empty() && table.symbols().is_empty());
    assert_eq!(table.lookup(hash("start"), "start"), None);
}

#[test]
fn published_symbols_are_where_the_object_is_placed() {
    let object = publishing(&[("ledger_interface", &["start"]), ("ledger_records", &["ENTRY"])]);
    let parsed = parse(&object.0).expect("object");
    let entry = parsed.symbols().iter().find(|symbol| symbol.name() == "ENTRY").expect("there");
    let Place::Section { index, offset } = entry.place() else { panic!("{entry:?}") };
    assert_eq!(entry.region(), Some(Region::Rodata));
    let plan = Plan::new(&parsed).expect("plan");
    let entry = BASES.rodata + (plan.offset(index).expect("placed") + offset) as u64;
    let mut expected = [
        PublishedAddress { hash: hash("start"), address: BASES.text, crate_index: 0 },
        PublishedAddress { hash: hash("ENTRY"), address: entry, crate_index: 1 },
    ];
    expected.sort_by_key(|symbol| symbol.hash);
    let addresses = publish::addresses(&parsed, &plan, &BASES);
    assert_eq!(addresses.as_deref(), Ok(&expected[..]));
}

#[test]
fn an_address_beyond_the_last_is_refused() {
    let object = publishing(&[("ledger_interface", &["ENTRY"])]);
    let object = parse(&object.0).expect("object");
    let plan = Plan::new(&object).expect("plan");
    let bases = Bases { rodata: u64::MAX, ..BASES };
    assert_eq!(PublishedTable::new(&object, &plan, &bases).err(), Some(RelocateError::ForeignPlan));
}

#[test]
fn the_table_outlives_the_object() {
    let table = {
        let object = publishing(&[("ledger_interface", &["start"])]);
        table(&object)
    };
    let (index, published) = table.crate_by_name("ledger_interface").expect("published");
    assert_eq!((index, published.digest, table.compiler()), (0, LEDGER, COMPILER));
    assert_eq!(table.crate_by_index(0), Some(published));
    assert!(table.crate_by_index(1).is_none() && table.crate_by_name("spindle_event").is_none());
    let start = Export { address: BASES.text, crate_index: 0 };
    assert_eq!(table.lookup(hash("start"), "start"), Some(start));
    assert_eq!(table.lookup(hash("ENTRY"), "ENTRY"), None, "defined, but not published");
}

#[test]
fn another_object_is_linked_to_what_is_published() {
    let published = table(&publishing(&[("ledger", &["start"])]));
    let note = NoteWriter::for_extension("every_kind", COMPILER)
        .interface("spindle_event", &EVENT_DIGEST)
        .interface("ledger", &LEDGER);
    let importer =
        every_kind().rename("start", "begin").rename("small", "start").note(&note.finish().expect("note"));
    let importer = parse(&importer.0).expect("object");
    let mut linkage = Linkage::of(&importer);
    assert_eq!(linkage.link(SourceId(0), &kernel().table(), &granted()), Ok(3));
    assert!(linkage.imports().is_none());
    assert_eq!(linkage.link(SourceId(1), &published, &[0].into_iter().collect()), Ok(1));
    let imports = linkage.imports().expect("nothing is open");
    let plan = Plan::new(&importer).expect("plan");
    let (mut text, mut rodata, mut data) =
        (vec![0; plan.text_bytes()], vec![0; plan.rodata_bytes()], vec![0; plan.data_bytes()]);
    let images = Images { text: &mut text, rodata: &mut rodata, data: &mut data };
    let bases = Bases { text: BASES.text + 0x10_0000, ..BASES };
    relocate(&importer, &plan, &imports, &bases, images).expect("placed");
    // `.word small` of `every_kind.s`, now `start` of the publisher.
    assert_eq!(rodata[32..36], (BASES.text as u32).to_le_bytes());
}

#[test]
fn what_is_published_has_to_be_defined_for_others() {
    let missing =
        |name: &str| format!("publishes `l`, whose symbol {:#018x} is not defined by the object", hash(name));
    for name in ["nowhere", "imported_function", "local_function", "words"] {
        refuses(&publishing(&[("l", &[name])]), &missing(name));
    }
    const LOCAL_FUNCTION: u64 = 0x02;
    refuses(&publishing(&[("l", &["start"])]).symbol("start", ST_INFO, LOCAL_FUNCTION), &missing("start"));
}

#[test]
fn what_is_published_is_defined_once() {
    let twice = publishing(&[("l", &["start"])]).rename("ENTRY", "start");
    let expected =
        format!("publishes `l`, whose symbol {:#018x} is defined twice by the object", hash("start"));
    refuses(&twice, &expected);
    assert!(parse(EVERY_KIND).is_ok());
}

#[test]
fn an_interface_is_published_once() {
    let first = table(&publishing(&[("ledger", &["start"])]));
    let again = publishing(&[("other", &[]), ("ledger", &["ENTRY"])]);
    let refused = check_ownership(&parse(&again.0).expect("object"), &first).expect_err("taken");
    assert_eq!(refused.to_string(), "publishes interface `ledger`, which is there already");

    let like_the_kernels = publishing(&[("spindle_control", &["ENTRY"])]);
    let refused = resolve(&parse(&like_the_kernels.0).expect("object"), &kernel().table(), &granted());
    let refused = refused.expect_err("taken").to_string();
    assert_eq!(refused, "publishes interface `spindle_control`, which is there already");
}

#[test]
fn what_is_published_is_defined_by_nobody_else() {
    let first = table(&publishing(&[("ledger", &["start"])]));
    let refused = check_ownership(&parse(EVERY_KIND).expect("object"), &first).expect_err("defined");
    assert_eq!(refused.to_string(), "defines `start`, which is exported already");
}

#[test]
fn each_byte_of_a_publisher_can_be_altered_without_harm() {
    let mut object = publishing(&[("ledger", &["start"]), ("records", &["ENTRY"])]).0;
    let mut outcomes = [0; 2];
    for at in 0..object.len() {
        for change in [0x01, 0x80, 0xff] {
            object[at] ^= change;
            let is_offered = parse(&object).is_ok_and(|parsed| offers_its_own(&parsed));
            outcomes[usize::from(is_offered)] += 1;
            object[at] ^= change;
        }
    }
    let [refused, offered] = outcomes;
    assert!(refused > 1000 && offered > 1000, "{refused} refused, {offered} offered");
}

/// Whether it can be planned; what it then offers lies within what was planned for it.
fn offers_its_own(object: &Object<'_>) -> bool {
    let Ok(plan) = Plan::new(object) else { return false };
    let table = PublishedTable::new(object, &plan, &BASES).expect("own plan");
    for symbol in table.symbols() {
        let lies_in = |region| {
            let start = BASES.of(region);
            (start..=start + plan.bytes(region) as u64).contains(&symbol.address)
        };
        assert!(Region::ALL.into_iter().any(lies_in), "{symbol:?}");
        assert!(table.crate_by_index(symbol.crate_index).is_some());
    }
    true
}
