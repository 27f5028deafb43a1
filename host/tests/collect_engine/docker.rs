//! Containers for tests, made with the `docker` command and removed when dropped.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use foghorn::identity::Identity;

/// The host part of identities in these tests.
pub(crate) const HOST: &str = "test";

/// Whether there is an engine with the test images; why not, else.
pub(crate) fn prepare() -> Result<(), String> {
    static READY: OnceLock<Result<(), String>> = OnceLock::new();
    READY.get_or_init(make_images).clone()
}

fn make_images() -> Result<(), String> {
    if !runs(Command::new("docker").arg("version")) {
        return Err("no Docker engine answers".to_owned());
    }
    if runs(Command::new("docker").args(["image", "inspect", "lt/logsmith"])) {
        return Ok(());
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/tools/make-test-images.sh");
    if !script.exists() {
        return Err("the image lt/logsmith is not there, and neither is the script that makes it".to_owned());
    }
    let is_made = runs(Command::new("bash").arg(&script).arg("logsmith"));
    is_made.then_some(()).ok_or_else(|| "the test image could not be made".to_owned())
}

fn runs(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// A container, removed when dropped.
pub(crate) struct Container {
    pub(crate) name: String,
}

impl Container {
    /// `args`: options, image, arguments.
    pub(crate) fn run(name: &str, args: &[&str]) -> Self {
        let container = Self { name: format!("foghorn-test-{}-{name}", std::process::id()) };
        container.create(args);
        container
    }

    fn create(&self, args: &[&str]) {
        let mut command = Command::new("docker");
        command.args(["run", "-d", "--network", "none", "--name", &self.name]);
        if !args.iter().any(|arg| arg.starts_with("foghorn.enable=")) {
            command.args(["--label", "foghorn.enable=true"]);
        }
        let output = command.args(args).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// `docker COMMAND NAME`, the options of the command included.
    pub(crate) fn docker(&self, command: &[&str]) {
        assert!(runs(Command::new("docker").args(command).arg(&self.name)), "docker {command:?}");
    }

    /// Another container with this name.
    pub(crate) fn recreate(self, args: &[&str]) -> Self {
        self.docker(&["rm", "-f"]);
        self.create(args);
        self
    }

    pub(crate) fn rename(&mut self, name: &str) {
        let name = format!("foghorn-test-{}-{name}", std::process::id());
        assert!(runs(Command::new("docker").args(["rename", &self.name, &name])));
        self.name = name;
    }

    /// Until it has stopped.
    pub(crate) fn wait(&self) {
        self.docker(&["wait"]);
    }

    /// The number of the last line that the engine gives.
    pub(crate) fn last_number(&self) -> u64 {
        let output = Command::new("docker").args(["logs", "--tail", "1", &self.name]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let number = text.split("seq=").nth(1).and_then(|rest| rest.get(..10)?.parse().ok());
        number.unwrap_or_else(|| panic!("no number in {text}"))
    }

    pub(crate) fn wait_for_log(&self, text: &str) {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(60) {
            let output = Command::new("docker").args(["logs", "--tail", "1", &self.name]).output().unwrap();
            if String::from_utf8_lossy(&output.stdout).contains(text) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("{} did not write {text}", self.name);
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity::of_name(HOST, &self.name)
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        runs(Command::new("docker").args(["rm", "-f", &self.name]));
    }
}
