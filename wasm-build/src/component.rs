//! From a core module to a component.

use anyhow::Result;
use wit_component::ComponentEncoder;

/// Turns a core module that carries its world (as `wit-bindgen` writes it) into a component.
pub fn encode(module: &[u8]) -> Result<Vec<u8>> {
    ComponentEncoder::default().validate(true).module(module)?.encode()
}
