//! `foghorn plugin new`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::cli::text::print;
use crate::plugins::Slot;
use crate::scaffold::{self, Language, Manifest, ProjectName, parse_slot};

#[derive(Debug, Args)]
pub(in crate::cli) struct NewArgs {
    /// What the plugin is called: lowercase letters, digits and '-'
    name: ProjectName,
    /// What it is for: vectorizer, detector or thresholds
    #[arg(long, value_parser = parse_slot)]
    slot: Slot,
    /// The language to write it in
    #[arg(long = "lang", value_enum)]
    language: Language,
    /// The project's folder, empty or not there yet [default: the name]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) fn run(args: &NewArgs) -> anyhow::Result<ExitCode> {
    let NewArgs { name, slot, language, dir } = args;
    let folder = dir.clone().unwrap_or_else(|| PathBuf::from(name.as_str()));
    let files = scaffold::write(&folder, name, Manifest { language: *language, slot: *slot })?;
    print(|out| {
        writeln!(out, "{}: a {slot} in {language}, {} files", folder.display(), files.len())?;
        writeln!(out, "next:")?;
        writeln!(out, "  cd {}", folder.display())?;
        writeln!(out, "  {:<24}# its own test", language.test_command())?;
        writeln!(out, "  {:<24}# to dist/{name}-0.1.0.wasm", "foghorn plugin build")
    })?;
    Ok(ExitCode::SUCCESS)
}
