//! One component: made from a core module, and read for what it asks of the host.
//!
//! Promises that nothing leaves here that was not validated, and that the list of imports is complete. An imported
//! interface that holds only types asks for nothing, so it is not listed.

use anyhow::{Context, Result, bail};
use wit_component::DecodedWasm;
use wit_parser::{Resolve, TypeDefKind, TypeId, WorldId, WorldItem, WorldKey};

/// How a component begins; a core module begins otherwise, and would be read as one that imports nothing.
const PREAMBLE: &[u8] = b"\0asm\x0d\0\x01\0";

pub use foghorn_wasm_build::component::encode;

/// What the component asks of the host, sorted: `package:name/interface@version`, or the name of a function.
pub fn imports(component: &[u8]) -> Result<Vec<String>> {
    let (resolve, world) = read(component)?;
    Ok(names(&resolve, &resolve.worlds[world].imports))
}

/// What the component offers, named and sorted likewise.
pub fn exports(component: &[u8]) -> Result<Vec<String>> {
    let (resolve, world) = read(component)?;
    Ok(names(&resolve, &resolve.worlds[world].exports))
}

fn read(component: &[u8]) -> Result<(Resolve, WorldId)> {
    if !component.starts_with(PREAMBLE) {
        bail!("this is no component");
    }
    match wit_component::decode(component).context("this component cannot be read")? {
        DecodedWasm::Component(resolve, world) => Ok((resolve, world)),
        DecodedWasm::WitPackage(..) => bail!("this is a wit package, not a component"),
    }
}

fn names<'a>(resolve: &Resolve, items: impl IntoIterator<Item = (&'a WorldKey, &'a WorldItem)>) -> Vec<String> {
    let mut names: Vec<_> = items
        .into_iter()
        .filter(|(_, item)| is_code(resolve, item))
        .map(|(key, _)| resolve.name_world_key(key))
        .collect();
    names.sort();
    names
}

/// True for functions, resources, and interfaces that hold one of them: somebody must provide something.
fn is_code(resolve: &Resolve, item: &WorldItem) -> bool {
    let resource = |id: &TypeId| matches!(resolve.types[*id].kind, TypeDefKind::Resource);
    match item {
        WorldItem::Function(_) => true,
        WorldItem::Type { id, .. } => resource(id),
        WorldItem::Interface { id, .. } => {
            let interface = &resolve.interfaces[*id];
            !interface.functions.is_empty() || interface.types.values().any(resource)
        }
    }
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
