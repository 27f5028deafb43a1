//! One component: made from a core module, and read for what it asks of the host.
//!
//! Promises that nothing leaves here that was not validated, and that the list of imports is complete. An imported
//! interface that holds only types asks for nothing, so it is not listed.

use anyhow::{Context, Result, bail};
use wit_component::{ComponentEncoder, DecodedWasm};
use wit_parser::{Interface, Resolve, TypeDefKind, WorldItem};

/// How a component begins; a core module begins otherwise, and would be read as one that imports nothing.
const PREAMBLE: &[u8] = b"\0asm\x0d\0\x01\0";

/// Turns a core module that carries its world (as `wit-bindgen` writes it) into a component.
pub fn encode(module: &[u8]) -> Result<Vec<u8>> {
    ComponentEncoder::default().validate(true).module(module)?.encode()
}

/// What the component asks of the host, sorted: `package:name/interface@version`, or the name of a function.
pub fn imports(component: &[u8]) -> Result<Vec<String>> {
    if !component.starts_with(PREAMBLE) {
        bail!("this is no component");
    }
    let DecodedWasm::Component(resolve, world) =
        wit_component::decode(component).context("this component cannot be read")?
    else {
        bail!("this is a wit package, not a component");
    };
    let mut names = Vec::new();
    for (key, item) in &resolve.worlds[world].imports {
        let asks = match item {
            WorldItem::Interface { id, .. } => has_code(&resolve, &resolve.interfaces[*id]),
            WorldItem::Function(_) => true,
            WorldItem::Type { id, .. } => matches!(resolve.types[*id].kind, TypeDefKind::Resource),
        };
        if asks {
            names.push(resolve.name_world_key(key));
        }
    }
    names.sort();
    Ok(names)
}

/// True when an interface holds a function or a resource, so that the host must provide something.
fn has_code(resolve: &Resolve, interface: &Interface) -> bool {
    let resource = |id| matches!(resolve.types[id].kind, TypeDefKind::Resource);
    !interface.functions.is_empty() || interface.types.values().any(|id| resource(*id))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A component with the given imports and nothing else.
    fn importing(wit: &str) -> Vec<u8> {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("test.wit", wit).unwrap();
        let world = resolve.select_world(&[package], None).unwrap();
        let mut module = wit_component::dummy_module(
            &resolve,
            world,
            wit_parser::ManglingAndAbi::Legacy(wit_parser::LiftLowerAbi::Sync),
        );
        wit_component::embed_component_metadata(&mut module, &resolve, world, wit_component::StringEncoding::UTF8)
            .unwrap();
        encode(&module).unwrap()
    }

    #[test]
    fn an_imported_function_is_listed() {
        let component = importing("package a:b@0.1.0; interface host { log: func(); } world w { import host; }");
        assert_eq!(imports(&component).unwrap(), ["a:b/host@0.1.0"]);
    }

    #[test]
    fn an_imported_resource_is_listed_and_mere_types_are_not() {
        let types = "interface types { record r { x: u32 } }";
        let component = importing(&format!(
            "package a:b; {types} interface files {{ resource file {{ }} }} interface run {{ use types.{{r}}; use files.{{file}}; go: func(x: r, f: file); }} world w {{ export run; }}"
        ));
        assert_eq!(imports(&component).unwrap(), ["a:b/files"]);
    }

    #[test]
    fn bytes_that_are_no_component_are_refused() {
        assert!(imports(b"\0asm\x01\0\0\0").is_err());
        assert!(encode(b"no wasm").is_err());
    }
}
