//! Heap, code window and device claims.

use crate::setting::{Setting, range_of};
use crate::suite::{Outcome, Test, check};
use alloc::vec::Vec;
use alloc::{boxed::Box, vec};
use spindle_machine::address::{PAGE_SIZE, PhysRange};
use spindle_machine::code::{self, Sizes};
use spindle_machine::memory::statistics;
use spindle_machine::mmio::{self, MmioError};

pub(crate) const TESTS: &[Test] = &[
    ("memory::the_heap_gives_back_all_it_took", heap_balances),
    ("memory::the_heap_has_nearly_all_ram", heap_has_the_ram),
    ("memory::blocks_of_the_heap_are_disjoint", blocks_are_disjoint),
    ("memory::sealed_code_runs", sealed_code_runs),
    ("memory::released_code_gives_its_pages_back", code_gives_back),
    ("memory::a_full_code_window_refuses_and_recovers", full_window_refuses),
    ("memory::a_device_has_one_owner", device_has_one_owner),
    ("memory::ram_is_no_device", ram_is_no_device),
];

fn heap_balances(_: &mut Setting) -> Outcome {
    let before = statistics().heap_bytes;
    let mut kept: Vec<Vec<u8>> = Vec::new();
    for size in (1..200).map(|step| step * 97) {
        kept.push(vec![0xa5; size]);
    }
    kept.retain(|block| block.len() % 2 == 0);
    drop(kept);
    let after = statistics().heap_bytes;
    check!(before == after, "{before} bytes were in use before, {after} after");
    Ok(())
}

fn heap_has_the_ram(setting: &mut Setting) -> Outcome {
    let total: u64 = setting.ram().iter().map(PhysRange::len_bytes).sum();
    let largest = (total as usize / 4).next_power_of_two() / 2;
    let block = Vec::<u8>::with_capacity(largest);
    check!(block.capacity() >= largest, "no block of {largest} bytes of {total}");
    let used = statistics().used_bytes - statistics().heap_bytes;
    check!(used < 24 << 20, "{used} bytes are in use besides the heap");
    Ok(())
}

fn blocks_are_disjoint(_: &mut Setting) -> Outcome {
    let blocks: Vec<Box<[u64; 24]>> = (0..500).map(|value| Box::new([value; 24])).collect();
    for (value, block) in blocks.iter().enumerate() {
        check!(block.iter().all(|word| *word == value as u64), "block {value} was overwritten");
    }
    Ok(())
}

/// `mov x0, #VALUE; ret`.
fn code_for(value: u16) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes[..4].copy_from_slice(&(0xd280_0000 | u32::from(value) << 5).to_le_bytes());
    bytes[4..].copy_from_slice(&0xd65f_03c0_u32.to_le_bytes());
    bytes
}

fn call(address: usize) -> usize {
    // SAFETY: the address is that of sealed text which holds `code_for` something: a function of that type.
    let function = unsafe { core::mem::transmute::<usize, extern "C" fn() -> usize>(address) };
    function()
}

fn sealed_code_runs(_: &mut Setting) -> Outcome {
    for value in [1, 42, 0xffff] {
        let mut writable =
            code::reserve(Sizes { text: 8, rodata: 0, data: 0 }).map_err(|e| alloc::format!("{e}"))?;
        writable.text().copy_from_slice(&code_for(value));
        let sealed = writable.seal().map_err(|e| alloc::format!("{e}"))?;
        // Each round reuses the page of the one before: stale instructions would show.
        let answer = call(sealed.text_range().start);
        check!(answer == usize::from(value), "the code for {value} returned {answer}");
    }
    Ok(())
}

fn code_gives_back(_: &mut Setting) -> Outcome {
    let before = statistics().code_bytes;
    let sizes = Sizes { text: 3 * PAGE_SIZE, rodata: 1, data: 5000 };
    let first = code::reserve(sizes).map_err(|e| alloc::format!("{e}"))?;
    let held = statistics().code_bytes - before;
    check!(held == 6 * PAGE_SIZE, "six pages are needed, {held} bytes are taken");
    let second = code::reserve(sizes).map_err(|e| alloc::format!("{e}"))?;
    check!(first.text_address() != second.text_address(), "the same pages were given twice");
    drop(first);
    code::release(second.seal().map_err(|e| alloc::format!("{e}"))?);
    let after = statistics().code_bytes;
    check!(before == after, "{before} bytes of code before, {after} after");
    Ok(())
}

fn full_window_refuses(_: &mut Setting) -> Outcome {
    let before = statistics();
    let mut held = Vec::new();
    let sizes = Sizes { text: 1 << 20, rodata: 0, data: 0 };
    let refused = loop {
        match code::reserve(sizes) {
            Ok(writable) => held.push(writable),
            Err(error) => break error,
        }
        check!(held.len() < 100, "the window has no end");
    };
    check!(refused == code::CodeError::NoRoom { pages: 256 }, "refused with {refused:?}");
    drop(held);
    let after = statistics().code_bytes;
    check!(after == before.code_bytes, "{} bytes of code before, {after} after", before.code_bytes);
    Ok(())
}

fn device_has_one_owner(setting: &mut Setting) -> Outcome {
    let range = range_of(&setting.board.console.registers);
    let first = setting.take_console()?;
    check!(first.len_bytes() as u64 == range.len_bytes(), "{} bytes were mapped", first.len_bytes());
    let again = mmio::claim(PhysRange::new(range.start.0 + 8, 4));
    check!(matches!(again, Err(MmioError::AlreadyClaimed(_))), "given twice: {again:?}");
    setting.put_console(first);
    Ok(())
}

fn ram_is_no_device(setting: &mut Setting) -> Outcome {
    let ram = setting.ram();
    let inside = PhysRange::new(ram[0].start.0 + 0x10_0000, 0x1000);
    let claimed = mmio::claim(inside);
    check!(matches!(claimed, Err(MmioError::NotDevice(_))), "RAM was given as a device: {claimed:?}");
    Ok(())
}
