//! A real browser under control: headless Chromium through its driver, in the words of W3C WebDriver.
//!
//! The protocol is a handful of JSON messages, so it is spoken here; the libraries that speak it bring crates that nobody keeps any more.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::{http, needs};

const START_LIMIT: Duration = Duration::from_secs(30);
/// How often something that is drawn anew meanwhile is tried.
const TRIES: usize = 4;
const PAUSE: Duration = Duration::from_millis(50);
/// How long a page may take to become what is waited for.
const WAIT_LIMIT: Duration = Duration::from_secs(15);

/// How long a page may take to load.
const LOAD_LIMIT: Duration = Duration::from_secs(30);

/// A name that leads to this machine and that browsers trust no more than any other of a network.
pub const NETWORK_NAME: &str = "foghorn.test";

/// What a session is like.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub width: u32,
    pub height: u32,
    /// Whether pages may run scripts.
    pub scripts: bool,
}

impl Look {
    pub const DESKTOP: Self = Self { width: 1400, height: 1000, scripts: true };
    pub const PHONE: Self = Self { width: 360, height: 780, scripts: true };
    pub const NO_SCRIPTS: Self = Self { scripts: false, ..Self::DESKTOP };
}

/// A browser with one window; it is ended with its guard.
#[derive(Debug)]
pub struct Browser {
    driver: Child,
    session: String,
    agent: ureq::Agent,
    dir: TempDir,
}

impl Browser {
    /// `None`, with a word on it, where there is none.
    pub fn start(look: Look) -> Result<Option<Self>> {
        if !needs::on_path("chromedriver") || !needs::on_path("chromium") {
            eprintln!("skipped: no chromium with its driver (Debian: chromium chromium-driver)");
            return Ok(None);
        }
        let dir = tempfile::tempdir()?;
        let address = http::free_address()?;
        let mut driver = Command::new("chromedriver");
        driver.arg(format!("--port={}", address.port())).stdin(Stdio::null());
        let log = fs::File::create(dir.path().join("driver.log"))?;
        driver.stdout(log.try_clone()?).stderr(log);
        let mut browser = Self {
            driver: driver.spawn().context("cannot start chromedriver")?,
            session: String::new(),
            agent: agent(),
            dir,
        };
        browser.begin(address, look)?;
        Ok(Some(browser))
    }

    fn begin(&mut self, address: SocketAddr, look: Look) -> Result<()> {
        let base = format!("http://{address}");
        let end = Instant::now() + START_LIMIT;
        while self.agent.get(format!("{base}/status")).call().is_err() {
            if Instant::now() >= end {
                bail!("chromedriver does not answer after {} s", START_LIMIT.as_secs());
            }
            thread::sleep(PAUSE);
        }
        let scripts = if look.scripts { 1 } else { 2 };
        let arguments = [
            "--headless".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            format!("--user-data-dir={}", self.dir.path().join("profile").display()),
            format!("--window-size={},{}", look.width, look.height),
            format!("--host-resolver-rules=MAP {NETWORK_NAME} 127.0.0.1"),
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": { "browser": "ALL" },
            "timeouts": { "pageLoad": LOAD_LIMIT.as_millis() as u64 },
            "goog:chromeOptions": {
                "args": arguments,
                "prefs": { "profile.managed_default_content_settings.javascript": scripts },
                // A phone is narrower than a window may be.
                "mobileEmulation": (look.width < 500).then(|| json!({ "deviceMetrics": {
                    "width": look.width, "height": look.height, "pixelRatio": 2.0, "touch": true, "mobile": true
                }})),
            },
        }}});
        let made = self.post(&format!("{base}/session"), without_nulls(wanted))?;
        let id = made["sessionId"].as_str().context("the driver began no session")?;
        self.session = format!("{base}/session/{id}");
        Ok(())
    }

    fn post(&self, url: &str, body: Value) -> Result<Value> {
        let mut answer = self.agent.post(url).send_json(body)?;
        told(&answer.body_mut().read_json()?)
    }

    fn command(&self, path: &str, body: Value) -> Result<Value> {
        self.post(&format!("{}/{path}", self.session), body)
    }

    fn ask(&self, path: &str) -> Result<Value> {
        let mut answer = self.agent.get(format!("{}/{path}", self.session)).call()?;
        told(&answer.body_mut().read_json()?)
    }

    /// Opens a page and waits until it is loaded.
    pub fn open(&self, url: &str) -> Result<()> {
        self.command("url", json!({ "url": url })).map(drop)
    }

    /// A page in a tab of its own, which is looked at from now on.
    pub fn open_tab(&self, url: &str) -> Result<()> {
        let made = self.command("window/new", json!({ "type": "tab" }))?;
        self.command("window", json!({ "handle": made["handle"] }))?;
        self.open(url)
    }

    /// Closes all tabs but the first, which is looked at again.
    pub fn close_tabs(&self) -> Result<()> {
        let tabs = self.ask("window/handles")?;
        let tabs = tabs.as_array().context("the driver names no tabs")?;
        for tab in tabs.iter().skip(1) {
            self.command("window", json!({ "handle": tab }))?;
            let mut answer = self.agent.delete(format!("{}/window", self.session)).call()?;
            told(&answer.body_mut().read_json()?)?;
        }
        self.command("window", json!({ "handle": tabs.first() })).map(drop)
    }

    pub fn address(&self) -> Result<String> {
        Ok(self.ask("url")?.as_str().unwrap_or_default().to_owned())
    }

    pub fn title(&self) -> Result<String> {
        Ok(self.ask("title")?.as_str().unwrap_or_default().to_owned())
    }

    /// What the page is now, as HTML.
    pub fn source(&self) -> Result<String> {
        Ok(self.ask("source")?.as_str().unwrap_or_default().to_owned())
    }

    /// What a reader sees of all that `selector` finds first.
    pub fn text(&self, selector: &str) -> Result<String> {
        let text = self.with(selector, |element| self.ask(&format!("element/{element}/text")))?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    pub fn attribute(&self, selector: &str, name: &str) -> Result<Option<String>> {
        let value = self.with(selector, |element| self.ask(&format!("element/{element}/attribute/{name}")))?;
        Ok(value.as_str().map(str::to_owned))
    }

    /// The driver's name of the first element that `selector` finds.
    fn find(&self, selector: &str) -> Result<String> {
        let found = self.command("element", json!({ "using": "css selector", "value": selector }));
        let found =
            found.with_context(|| format!("nothing on {} is {selector}", self.address().unwrap_or_default()))?;
        let id = found.as_object().and_then(|object| object.values().next()).and_then(Value::as_str);
        Ok(id.context("an element without a name")?.to_owned())
    }

    /// Does something with what `selector` finds first. A live page may draw it anew in between: then with its successor.
    fn with(&self, selector: &str, act: impl Fn(&str) -> Result<Value>) -> Result<Value> {
        let is_gone = |error: &anyhow::Error| error.to_string().contains("stale element");
        for _ in 1..TRIES {
            match act(&self.find(selector)?) {
                Err(error) if is_gone(&error) => {}
                done => return done,
            }
        }
        act(&self.find(selector)?)
    }

    /// How many elements `selector` finds.
    pub fn count(&self, selector: &str) -> Result<usize> {
        let found = self.command("elements", json!({ "using": "css selector", "value": selector }))?;
        Ok(found.as_array().map_or(0, Vec::len))
    }

    pub fn click(&self, selector: &str) -> Result<()> {
        let click = |element: &str| self.command(&format!("element/{element}/click"), json!({}));
        self.with(selector, click).map(drop).with_context(|| format!("cannot click {selector}"))
    }

    /// Types into an element; a file input takes a path.
    pub fn fill(&self, selector: &str, text: &str) -> Result<()> {
        let element = self.find(selector)?;
        self.command(&format!("element/{element}/value"), json!({ "text": text })).map(drop)
    }

    /// Presses keys on the page, wherever its focus is.
    pub fn press(&self, keys: &str) -> Result<()> {
        let actions: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key.to_string() })))
            .collect();
        self.command("actions", json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] })).map(drop)
    }

    /// Presses the mouse on an element, moves it to the right and lets go; places are shares of the element's width.
    pub fn drag(&self, selector: &str, from: f64, to: f64) -> Result<()> {
        let middle = f64::midpoint(from, to);
        let [from, middle, to] = self.places(selector, [from, middle, to])?;
        self.mouse(
            &json!([from, { "type": "pointerDown", "button": 0 }, middle, to, { "type": "pointerUp", "button": 0 }]),
        )
    }

    /// Moves the mouse over an element, to a share of its width.
    pub fn hover(&self, selector: &str, share: f64) -> Result<()> {
        let [from, to] = self.places(selector, [share - 0.01, share])?;
        self.mouse(&json!([from, to]))
    }

    /// Moves of the mouse to shares of an element's width, at half of its height.
    fn places<const N: usize>(&self, selector: &str, shares: [f64; N]) -> Result<[Value; N]> {
        let place = "const element = document.querySelector(arguments[0]);
            element.scrollIntoView({ block: 'center', behavior: 'instant' });
            return element.getBoundingClientRect().toJSON()";
        let rect = self.run(place, &[selector.into()])?;
        let [x, y, width, height] = ["x", "y", "width", "height"].map(|key| rect[key].as_f64().unwrap_or_default());
        Ok(shares.map(|share| {
            json!({ "type": "pointerMove", "duration": 50, "x": (x + share * width).round() as i64,
                "y": (y + height / 2.0).round() as i64 })
        }))
    }

    fn mouse(&self, actions: &Value) -> Result<()> {
        let pointer =
            json!({ "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": actions });
        self.command("actions", json!({ "actions": [pointer] })).map(drop)
    }

    /// What a function body gives when it runs in the page; a promise is waited for.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Result<Value> {
        self.command("execute/sync", json!({ "script": script, "args": arguments }))
    }

    /// Waits until a function body gives something true.
    pub fn until(&self, what: &str, script: &str) -> Result<()> {
        let end = Instant::now() + WAIT_LIMIT;
        while self.run(script, &[])? != Value::Bool(true) {
            if Instant::now() >= end {
                bail!("waited {} s in vain for {what} on {}", WAIT_LIMIT.as_secs(), self.address()?);
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// Waits until the page is another one than that of `address`, and holds an element that `selector` finds; without running anything in it.
    pub fn until_after(&self, address: &str, selector: &str) -> Result<()> {
        let end = Instant::now() + WAIT_LIMIT;
        while self.address()? == address || self.find(selector).is_err() {
            if Instant::now() >= end {
                bail!(
                    "waited {} s in vain for {selector} after {address}; it is {}",
                    WAIT_LIMIT.as_secs(),
                    self.address()?
                );
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// Waits until a page's address holds `part`, without running anything in it.
    pub fn until_at(&self, part: &str) -> Result<()> {
        let end = Instant::now() + WAIT_LIMIT;
        while !self.address()?.contains(part) {
            if Instant::now() >= end {
                bail!(
                    "waited {} s in vain for an address with {part}; it is {}",
                    WAIT_LIMIT.as_secs(),
                    self.address()?
                );
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// What the browser had to complain of since it was asked last: violations of the content policy, errors of scripts, failed loads.
    pub fn complaints(&self) -> Result<Vec<String>> {
        let log = self.command("se/log", json!({ "type": "browser" }))?;
        let entries = log.as_array().cloned().unwrap_or_default();
        let is_bad = |entry: &&Value| !matches!(entry["level"].as_str(), Some("DEBUG" | "INFO" | "FINE"));
        Ok(entries.iter().filter(is_bad).map(|entry| entry["message"].to_string()).collect())
    }

    /// The window as a picture (PNG).
    pub fn picture(&self, path: &PathBuf) -> Result<()> {
        use base64::Engine as _;
        let picture = self.ask("screenshot")?;
        let bytes = base64::engine::general_purpose::STANDARD.decode(picture.as_str().unwrap_or_default())?;
        fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends the browser with the session; where it does not answer any more, both are ended here.
        let _ = self.agent.delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn agent() -> ureq::Agent {
    let settings = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(120)))
        // What went wrong stands in the body.
        .http_status_as_error(false);
    settings.build().into()
}

/// The value of an answer; an error where the driver tells of one.
fn told(answer: &Value) -> Result<Value> {
    let value = &answer["value"];
    match value["error"].as_str() {
        Some(error) => {
            bail!("{error}: {}", value["message"].as_str().unwrap_or_default().lines().next().unwrap_or_default())
        }
        None => Ok(value.clone()),
    }
}

fn without_nulls(mut wanted: Value) -> Value {
    if let Some(options) =
        wanted.pointer_mut("/capabilities/alwaysMatch/goog:chromeOptions").and_then(Value::as_object_mut)
    {
        options.retain(|_, value| !value.is_null());
    }
    wanted
}
