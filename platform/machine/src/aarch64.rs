//! The machine itself. Each module names what it touches; `host` offers the same names.

pub mod backtrace;
pub mod boot;
mod cache;
pub mod callers;
pub mod code;
pub mod context;
pub mod cores;
pub(crate) mod device;
pub mod early;
pub mod exception;
pub mod heap;
pub mod idle;
pub mod image;
mod interrupted;
mod layout;
pub mod memory;
pub mod own_heap;
mod page_table;
pub mod power;
pub mod reserve;
pub mod stacks;
pub mod timer;
