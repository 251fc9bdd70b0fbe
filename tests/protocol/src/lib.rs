//! The marker lines that test kernels print and the harness reads.
#![no_std]
