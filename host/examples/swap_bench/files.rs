//! From a file in the plugins directory to the first windows that its plugin scored, without training.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use foghorn::judge::{Next, Probation};
use foghorn::pipeline::Pinned;
use foghorn::pipeline::carry::carry;
use foghorn::plugins::{Digest, Slot};
use tokio_util::sync::CancellationToken;

use super::Outcome;
use super::figures::Figures;
use super::rig::Rig;

/// A custom section of a component: id 0, its length, the length of its name, name and content.
fn with_section(component: &[u8], content: &[u8; 8]) -> Vec<u8> {
    let mut bytes = component.to_vec();
    bytes.extend_from_slice(&[0, 12, 3]);
    bytes.extend_from_slice(b"run");
    bytes.extend_from_slice(content);
    bytes
}

/// The built-in forest under another digest.
fn variant(rig: &Rig, number: usize) -> Outcome<Vec<u8>> {
    let forest = &rig.generation.pipeline.detector.plugin;
    let built = std::env::current_exe()?;
    let target = built.ancestors().nth(3).ok_or("the example lies in a target directory")?;
    let bytes = fs::read(target.join("components").join(format!("{}.wasm", forest.name)))?;
    Ok(with_section(&bytes, &(number as u64).to_le_bytes()))
}

pub(crate) fn new_file(rig: &mut Rig, round: usize, figures: &mut Figures) -> Outcome<()> {
    let bytes = variant(rig, round)?;
    figures.new_file.push(from_file(rig, &bytes)?);
    Ok(())
}

/// The file of the round before, whose compiled code is kept.
pub(crate) fn cached_file(rig: &mut Rig, round: usize, figures: &mut Figures) -> Outcome<()> {
    let bytes = variant(rig, round)?;
    figures.cached_file.push(from_file(rig, &bytes)?);
    Ok(())
}

/// As the host does it: the watch finds the file, the generation is carried over and switched to, a batch is judged.
fn from_file(rig: &mut Rig, bytes: &[u8]) -> Outcome<Duration> {
    let sample = rig.windows();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (file, shutdown) = (rig.directory.join("variant.wasm"), CancellationToken::new());
    runtime.spawn(Arc::clone(&rig.registry).watch(shutdown.clone()));
    std::thread::sleep(Duration::from_millis(300));
    let mut changes = rig.registry.changes();
    fs::write(file.with_extension("tmp"), bytes)?;
    let begun = Instant::now();
    fs::rename(file.with_extension("tmp"), &file)?;
    runtime.block_on(changes.changed())?;
    let plugin = rig.registry.current().by_digest(&Digest::of(bytes)).ok_or("the file is not in the catalogue")?;
    let pipeline = rig.generation.pipeline.with(Slot::Detector, Pinned { plugin, settings: Vec::new() });
    let number = rig.next_number();
    let live = carry(&rig.generation, &pipeline, number, &sample, &rig.costs)?.ok_or("it would have to be trained")?;
    rig.switch(Next { live, same_scores: true, probation: Probation::End })?;
    rig.judge()?;
    let took = begun.elapsed();
    fs::remove_file(&file)?;
    runtime.block_on(changes.changed())?;
    shutdown.cancel();
    Ok(took)
}
