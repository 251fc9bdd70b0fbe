//! The linker from the outside: real objects linked, and the same objects, altered, refused.
//!
//! `fixture` has the objects and a kernel to link them to, `patch` alters them field by field.

mod altered;
mod fixture;
mod golden;
mod object;
mod patch;
mod publish;
mod reach;
mod resolve;
mod signature;
