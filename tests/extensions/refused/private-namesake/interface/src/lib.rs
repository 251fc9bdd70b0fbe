//! Not the ledger's.
#![no_std]
