//! The interrupt controller, GICv2 and GICv3.
#![no_std]
