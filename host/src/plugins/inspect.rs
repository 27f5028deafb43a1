//! What a component is, before anything of it runs: its encoding, the slot that its exports fill, what it imports.

use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

use super::load::LoadFault;
use super::plugin::Slot;
use super::text;

/// The contract's package.
const PACKAGE: &str = "foghorn:plugin/";

/// The versions of the contract that this host speaks: all of one minor line are alike.
pub const CONTRACT: &str = "0.1";

/// The only interface of ours that has anything to call.
const HOST: &str = "host";

/// First bytes of every WebAssembly file, then of a core module and of a component.
const MAGIC: &[u8] = b"\0asm";
const MODULE: &[u8] = &[1, 0, 0, 0];
const COMPONENT: &[u8] = &[0x0d, 0, 1, 0];

/// Bytes kept of a contract's version.
const VERSION_BYTES_MAX: usize = 40;

/// Bytes kept of a list of names in an error.
const NAMES_BYTES_MAX: usize = 400;

/// Whether the bytes begin as a component does.
pub(super) fn check_encoding(bytes: &[u8]) -> Result<(), LoadFault> {
    match bytes.strip_prefix(MAGIC) {
        Some(rest) if rest.starts_with(COMPONENT) => Ok(()),
        Some(rest) if rest.starts_with(MODULE) => Err(LoadFault::CoreModule),
        Some(_) => Err(LoadFault::Encoding),
        None if Engine::detect_precompiled(bytes).is_some() => Err(LoadFault::Precompiled),
        None => Err(LoadFault::NotWasm { head: head(bytes) }),
    }
}

/// The slot that the component's exports fill, and the version of the contract that it is exported by.
pub(super) fn slot(engine: &Engine, component: &Component) -> Result<(Slot, String), LoadFault> {
    let exports: Vec<String> = component.component_type().exports(engine).map(|(name, _)| name.to_owned()).collect();
    slot_of(&exports)
}

/// What the component asks of the host, sorted. An interface that holds only types asks for nothing.
pub(super) fn imports(engine: &Engine, component: &Component) -> Vec<String> {
    let ty = component.component_type();
    let mut names: Vec<String> = ty
        .imports(engine)
        .filter(|(_, item)| match &item.ty {
            ComponentItem::ComponentInstance(instance) => {
                instance.exports(engine).any(|(_, item)| !matches!(item.ty, ComponentItem::Type(_)))
            }
            ComponentItem::Type(_) => false,
            _ => true,
        })
        .map(|(name, _)| name.to_owned())
        .collect();
    names.sort();
    names
}

/// Whether all imports may be had.
pub(super) fn check_imports(imports: &[String], wasi: bool) -> Result<(), LoadFault> {
    let granted = |name: &str| is_host(name) || wasi && name.starts_with("wasi:");
    let denied: Vec<&str> = imports.iter().map(String::as_str).filter(|name| !granted(name)).collect();
    if denied.is_empty() {
        return Ok(());
    }
    let only_wasi = denied.iter().all(|name| name.starts_with("wasi:"));
    Err(LoadFault::Imports { names: names(&denied), only_wasi })
}

fn is_host(name: &str) -> bool {
    let interface = ours(name);
    interface.is_some_and(|(interface, version)| interface == HOST && speaks(version))
}

fn slot_of(exports: &[String]) -> Result<(Slot, String), LoadFault> {
    let ours: Vec<(&str, &str)> = exports.iter().filter_map(|name| ours(name)).collect();
    if let Some((_, version)) = ours.iter().find(|(_, version)| !speaks(version)) {
        return Err(LoadFault::Contract { found: text::safe(version, VERSION_BYTES_MAX), reads: CONTRACT });
    }
    let version = |wanted: &str| ours.iter().find(|(interface, _)| *interface == wanted).map(|(_, version)| *version);
    let slots: Vec<(Slot, &str)> =
        Slot::ALL.into_iter().filter_map(|slot| Some((slot, version(slot.as_str())?))).collect();
    match slots[..] {
        [(slot, version_of_slot)] if version("lifecycle").is_some() => {
            Ok((slot, text::safe(version_of_slot, VERSION_BYTES_MAX)))
        }
        [(slot, _)] => Err(LoadFault::NoLifecycle { slot }),
        [] => Err(LoadFault::NoSlot { exports: names(&exports.iter().map(String::as_str).collect::<Vec<_>>()) }),
        [(first, _), (second, _), ..] => Err(LoadFault::TwoSlots { first, second }),
    }
}

/// Interface and version of a name of our package: `foghorn:plugin/detector@0.1.0`.
fn ours(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_prefix(PACKAGE)?;
    Some(rest.split_once('@').unwrap_or((rest, "")))
}

fn speaks(version: &str) -> bool {
    version.strip_prefix(CONTRACT).is_some_and(|patch| patch.starts_with('.'))
}

fn names(names: &[&str]) -> String {
    if names.is_empty() { "nothing".into() } else { text::safe(&names.join(", "), NAMES_BYTES_MAX) }
}

fn head(bytes: &[u8]) -> String {
    let head: Vec<String> = bytes.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    if head.is_empty() { "nothing".into() } else { head.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot_of_names(names: &[&str]) -> Result<(Slot, String), LoadFault> {
        slot_of(&names.iter().map(|name| format!("foghorn:plugin/{name}")).collect::<Vec<_>>())
    }

    #[test]
    fn the_slot_is_the_interface_that_is_exported() {
        for slot in Slot::ALL {
            let found = slot_of_names(&["lifecycle@0.1.0", &format!("{slot}@0.1.7")]).unwrap();
            assert_eq!(found, (slot, "0.1.7".into()));
        }
        assert!(matches!(slot_of_names(&["detector@0.1.0"]), Err(LoadFault::NoLifecycle { slot: Slot::Detector })));
        assert!(matches!(slot_of_names(&["lifecycle@0.1.0"]), Err(LoadFault::NoSlot { .. })));
        assert!(matches!(
            slot_of_names(&["lifecycle@0.1.0", "detector@0.1.0", "thresholds@0.1.0"]),
            Err(LoadFault::TwoSlots { .. })
        ));
    }

    #[test]
    fn a_newer_contract_is_named() {
        for version in ["0.2.0", "1.0.0", "0.10.0", ""] {
            let names = [format!("lifecycle@{version}"), format!("detector@{version}")];
            let fault = slot_of_names(&[&names[0], &names[1]]).unwrap_err();
            assert!(matches!(&fault, LoadFault::Contract { found, .. } if found == version), "{fault}");
        }
    }

    #[test]
    fn only_the_hosts_log_is_granted() {
        let check = |name: &str, wasi| check_imports(&[name.to_owned()], wasi).is_ok();
        assert!(check("foghorn:plugin/host@0.1.3", false));
        assert!(!check("foghorn:plugin/host@0.2.0", false));
        assert!(!check("wasi:clocks/wall-clock@0.2.0", false));
        assert!(check("wasi:clocks/wall-clock@0.2.0", true));
        assert!(!check("wasix:files/files", true));
        assert!(!check("env", true));
    }

    #[test]
    fn the_first_bytes_say_what_a_file_is() {
        assert!(matches!(check_encoding(b"<html>"), Err(LoadFault::NotWasm { head }) if head == "3c 68 74 6d 6c 3e"));
        assert!(matches!(check_encoding(b""), Err(LoadFault::NotWasm { head }) if head == "nothing"));
        assert!(matches!(check_encoding(b"\0asm\x01\0\0\0"), Err(LoadFault::CoreModule)));
        assert!(matches!(check_encoding(b"\0asm\x09\0\0\0"), Err(LoadFault::Encoding)));
        assert!(check_encoding(b"\0asm\x0d\0\x01\0").is_ok());
    }
}
