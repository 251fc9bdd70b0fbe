//! Console and its input, with a test in the kernel's place.
#![expect(unsafe_code, reason = "the test stands in for the kernel and mints its proof")]

use std::fmt::Write;
use std::string::String;
use std::sync::Mutex;

use spindle_console::{Console, Input, OpenError, serve};
use spindle_sync::{Authority, GRACE};

static WRITTEN: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn authority() -> Authority {
    // SAFETY: a test stands in for the kernel; nothing here is an extension.
    unsafe { Authority::mint() }
}

#[test]
fn a_console_opens_once_served_and_writes_each_call_in_one_piece() {
    let _core = GRACE.register_thread();
    assert_eq!(Console::open().map(|_| ()), Err(OpenError::NoDevice));
    serve(&authority(), |text| WRITTEN.lock().unwrap().push(text.into())).unwrap();

    let console = Console::open().unwrap();
    writeln!(console, "{} and {}", 1, 2).unwrap();
    console.write_str("three").unwrap();
    Write::write_fmt(&mut console.clone(), format_args!("{}", 4)).unwrap();

    assert_eq!(*WRITTEN.lock().unwrap(), ["1 and 2\n", "three", "4"]);
    assert!(serve(&authority(), |_| ()).is_err());
}

#[test]
fn input_takes_what_fits_and_leaves_the_rest() {
    let typed: Vec<u8> = (0..40).collect();
    let (first, rest) = Input::new(&authority(), &typed);
    let (second, nothing) = Input::new(&authority(), rest);
    assert_eq!(first.bytes(), &typed[..Input::CAPACITY]);
    assert_eq!(second.bytes(), &typed[Input::CAPACITY..]);
    assert!(nothing.is_empty());
}
