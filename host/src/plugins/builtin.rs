//! The components that are built with the host and embedded in it, so that `foghorn` is one file.

#![allow(unreachable_pub)]

include!(concat!(env!("OUT_DIR"), "/builtin.rs"));
