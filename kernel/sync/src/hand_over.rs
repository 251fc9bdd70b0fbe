//! Handing over: values that code of one build may give to code of another build of the same extension.
//!
//! Such a value is known by its [`Shape`]: what it is made of, in order, down to the numbers. Two types of equal shape have
//! the same layout, since all that is in them is either of a type that both builds have from the same crate, compiled by
//! the same compiler, or a structure whose fields lie in the order in which they are written. [`Packed`](crate::Packed)
//! carries one such value from here to there.
//!
//! Nothing that leads back to who gave it can be in it: no pointer to code, nor to the data of an object, both of which go
//! with the giver. So there is no `&'static`, no function, no `dyn`:
//!
//! ```compile_fail
//! spindle_sync::hand_over! { pub struct State { name: &'static str } }
//! ```
//! ```compile_fail
//! spindle_sync::hand_over! { pub struct State { call: fn() } }
//! ```
//! ```compile_fail
//! extern crate alloc;
//! spindle_sync::hand_over! { pub struct State { any: Box<dyn core::any::Any + Send> } }
//! ```
//!
//! This file does not know who gives, nor when.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{
    AtomicBool, AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicU8, AtomicU16, AtomicU32,
    AtomicU64, AtomicUsize,
};

/// What a type is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// What puts the parts together; of a structure, its name and those of its fields.
    pub text: &'static str,
    /// How many there are, of an array.
    pub count: usize,
    /// The parts, in order.
    pub parts: &'static [&'static Shape],
}

/// A value that code of one build may give to code of another.
///
/// # Safety
/// Whatever else has the same shape has the same layout and means the same by it. Nothing in a value points to code or
/// into an object's data.
pub unsafe trait HandOver: Sized + Send + 'static {
    /// What it is made of.
    const SHAPE: &'static Shape;
}

/// FNV-1a, 64 bits: Fowler, Noll and Vo, "The FNV Non-Cryptographic Hash Algorithm", draft-eastlake-fnv.
const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

impl Shape {
    /// A shape without parts.
    pub const fn plain(text: &'static str) -> Self {
        Self { text, count: 0, parts: &[] }
    }

    /// A number by which shapes are told apart in a message, and most mistakes found early: equal for equal shapes, and hardly
    /// ever for others. Never 0. What memory safety rests on is the comparison of the shapes themselves.
    pub const fn digest(&self) -> u64 {
        let digest = self.fold(OFFSET_BASIS);
        if digest == 0 { OFFSET_BASIS } else { digest }
    }

    const fn fold(&self, digest: u64) -> u64 {
        let mut digest = fold(digest, self.text.as_bytes());
        digest = fold(digest, &(self.count as u64).to_le_bytes());
        digest = fold(digest, &(self.parts.len() as u64).to_le_bytes());
        let mut at = 0;
        while at < self.parts.len() {
            digest = self.parts[at].fold(digest);
            at += 1;
        }
        digest
    }
}

/// Folds in the length, and then the bytes.
const fn fold(mut digest: u64, bytes: &[u8]) -> u64 {
    let length = (bytes.len() as u64).to_le_bytes();
    let mut at = 0;
    while at < length.len() + bytes.len() {
        let byte = if at < length.len() { length[at] } else { bytes[at - length.len()] };
        digest = (digest ^ byte as u64).wrapping_mul(PRIME);
        at += 1;
    }
    digest
}

macro_rules! plain {
    ($($plain:ty),+ $(,)?) => {$(
        // SAFETY: a type of the language or its library without pointers, named in full; no other shape has this text.
        unsafe impl HandOver for $plain {
            const SHAPE: &'static Shape = &Shape::plain(stringify!($plain));
        }
    )+};
}

plain!((), bool, char, u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64);
plain!(AtomicBool, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize);
plain!(AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize);

// SAFETY: bytes on the heap that all share, and nothing else; one type of the library.
unsafe impl HandOver for String {
    const SHAPE: &'static Shape = &Shape::plain("String");
}

macro_rules! made_of {
    ($($text:literal: $whole:ty, of $($part:ident: ($($bound:tt)*)),+;)+) => {$(
        // SAFETY: of the library, and the same for the same parts; what it points to is on the heap that all share.
        unsafe impl<$($part: HandOver $($bound)*),+> HandOver for $whole {
            const SHAPE: &'static Shape = &Shape { text: $text, count: 0, parts: &[$($part::SHAPE),+] };
        }
    )+};
}

made_of! {
    "Vec": Vec<T>, of T: ();
    "VecDeque": VecDeque<T>, of T: ();
    "Option": Option<T>, of T: ();
    "Box": Box<T>, of T: ();
    "Arc": Arc<T>, of T: (+ Sync);
    "BTreeMap": BTreeMap<K, V>, of K: (), V: ();
    "BTreeSet": BTreeSet<K>, of K: ();
    "(,)": (A, B), of A: (), B: ();
    "(,,)": (A, B, C), of A: (), B: (), C: ();
    "(,,,)": (A, B, C, D), of A: (), B: (), C: (), D: ();
}

// SAFETY: the same for the same part and count.
unsafe impl<T: HandOver, const COUNT: usize> HandOver for [T; COUNT] {
    const SHAPE: &'static Shape = &Shape { text: "[]", count: COUNT, parts: &[T::SHAPE] };
}

/// Declares a structure that can be handed over to another version: its fields must be able to.
///
/// Two such structures are of one shape if they have the same name, and fields of the same names and shapes in the same
/// order. It takes documentation and one `derive`, and no attribute that could make two of one shape differ.
///
/// ```
/// extern crate alloc;
/// use alloc::sync::Arc;
/// use core::sync::atomic::AtomicU64;
///
/// spindle_sync::hand_over! {
///     /// What was counted.
///     #[derive(Clone, Debug)]
///     pub struct Tally {
///         /// Seen by both versions while one takes over from the other.
///         pub count: Arc<AtomicU64>,
///         names: Vec<String>,
///     }
/// }
/// ```
/// ```compile_fail
/// spindle_sync::hand_over! { #[repr(packed)] pub struct State { small: u8, large: u64 } }
/// ```
/// ```compile_fail
/// spindle_sync::hand_over! { pub struct State { #[cfg(any())] small: u8, large: u64 } }
/// ```
#[macro_export]
macro_rules! hand_over {
    (
        $(#[doc $($of_all:tt)*])*
        $(#[derive($($derived:path),* $(,)?)])?
        $visible:vis struct $name:ident {
            $($(#[doc $($of_field:tt)*])* $field_visible:vis $field:ident: $part:ty),+ $(,)?
        }
    ) => {
        $(#[doc $($of_all)*])*
        $(#[derive($($derived),*)])?
        #[repr(C)]
        $visible struct $name {
            $($(#[doc $($of_field)*])* $field_visible $field: $part,)+
        }

        // SAFETY: laid out as written, which the shape repeats with that of each field; and no field points to code.
        unsafe impl $crate::HandOver for $name {
            const SHAPE: &'static $crate::Shape = &$crate::Shape {
                text: concat!(stringify!($name), "{", $(stringify!($field), ",",)+ "}"),
                count: 0,
                parts: &[$(<$part as $crate::HandOver>::SHAPE),+],
            };
        }
    };
}

#[cfg(all(test, not(loom)))]
mod tests {
    use alloc::collections::BTreeMap;
    use alloc::string::String;
    use alloc::vec::Vec;

    use super::{HandOver, Shape};

    mod first {
        use alloc::string::String;
        use alloc::vec::Vec;

        crate::hand_over! { pub(super) struct Tally { pub(super) count: u64, names: Vec<String> } }
    }
    mod same {
        use alloc::string::String;
        use alloc::vec::Vec;

        type Number = u64;
        crate::hand_over! { pub(super) struct Tally { count: Number, pub(super) names: Vec<String> } }
    }
    mod others {
        use alloc::string::String;
        use alloc::vec::Vec;

        crate::hand_over! { pub(super) struct Swapped { names: Vec<String>, count: u64 } }
        crate::hand_over! { pub(super) struct Wider { count: u128, names: Vec<String> } }
        crate::hand_over! { pub(super) struct More { count: u64, names: Vec<String>, more: () } }
        crate::hand_over! { pub(super) struct Renamed { number: u64, names: Vec<String> } }
        crate::hand_over! { pub(super) struct Nested { inner: super::first::Tally } }
    }

    #[test]
    fn structures_of_the_same_text_are_of_one_shape() {
        let (first, same) = (first::Tally::SHAPE, same::Tally::SHAPE);
        assert!(first == same && first.digest() == same.digest());
    }

    #[test]
    fn each_other_name_order_type_or_count_is_another_shape() {
        let shapes: Vec<&Shape> = [
            first::Tally::SHAPE,
            others::Swapped::SHAPE,
            others::Wider::SHAPE,
            others::More::SHAPE,
            others::Renamed::SHAPE,
            others::Nested::SHAPE,
            <()>::SHAPE,
            u8::SHAPE,
            i8::SHAPE,
            String::SHAPE,
            Vec::<u8>::SHAPE,
            Option::<u8>::SHAPE,
            Vec::<Option<u8>>::SHAPE,
            Option::<Vec<u8>>::SHAPE,
            BTreeMap::<u8, i8>::SHAPE,
            BTreeMap::<i8, u8>::SHAPE,
            <(u8, (u8, u8))>::SHAPE,
            <((u8, u8), u8)>::SHAPE,
            <(u8, u8, u8)>::SHAPE,
            <[u8; 2]>::SHAPE,
            <[u8; 3]>::SHAPE,
            <[[u8; 2]; 3]>::SHAPE,
            <[[u8; 3]; 2]>::SHAPE,
        ]
        .into();
        for (at, shape) in shapes.iter().enumerate() {
            for other in &shapes[..at] {
                assert!(shape != other && shape.digest() != other.digest(), "{shape:?} {other:?}");
            }
        }
    }
}
