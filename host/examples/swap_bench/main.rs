//! Measures hot replacement: `cargo xtask bench swap [--write]`, or, with the components built,
//! `cargo run --profile bench -p foghorn --example swap_bench [-- --write FILE]`.
//!
//! One container's bench judges batches back to back, as a busy stream has it, with the built-in plugins. Another digest of the same
//! plugin is the same component with a custom section more. Wall time, because a stream waits in wall time; every figure stands
//! beside the median of a usual batch of the same run, and rounds alternate.

#[path = "../sandbox_bench/document.rs"]
mod document;
mod figures;
mod files;
mod rig;

use std::env;
use std::error::Error;
use std::path::PathBuf;

use figures::Figures;
use rig::Rig;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const SWAPS: usize = 200;
const FILES: usize = 9;

fn main() -> Outcome<()> {
    let write = written_file()?;
    let dir = env::temp_dir().join(format!("foghorn-swap-bench-{}", std::process::id()));
    let measured = measure(&dir);
    std::fs::remove_dir_all(&dir)?;
    let table = measured?;
    print!("{table}");
    if let Some(path) = write {
        document::replace(&path, "swap", &table)?;
    }
    Ok(())
}

fn written_file() -> Outcome<Option<PathBuf>> {
    let mut args = env::args_os().skip(1);
    match (args.next(), args.next(), args.next()) {
        (None, ..) => Ok(None),
        (Some(flag), Some(path), None) if flag == "--write" => Ok(Some(path.into())),
        _ => Err("usage: swap_bench [--write FILE]".into()),
    }
}

fn measure(dir: &std::path::Path) -> Outcome<String> {
    let mut rig = Rig::new(dir)?;
    let mut figures = Figures::default();
    for _ in 0..SWAPS {
        rig.usual_batches(&mut figures)?;
        rig.swap_generation(&mut figures)?;
        rig.swap_thresholds(&mut figures)?;
        rig.go_back(&mut figures)?;
        rig.recover(&mut figures)?;
    }
    rig.batches_while_training(&mut figures)?;
    for round in 0..FILES {
        files::new_file(&mut rig, round, &mut figures)?;
        files::cached_file(&mut rig, round, &mut figures)?;
    }
    Ok(figures.table())
}
