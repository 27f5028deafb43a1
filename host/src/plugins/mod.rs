//! Plugins: WebAssembly components in wasmtime, distrusted.
