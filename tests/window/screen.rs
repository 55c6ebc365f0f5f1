//! The screens in the window, found by what a person sees: words, labels and roles.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::machine::Machine;

/// The longest a screen may take to show what is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// The window of the program under test.
pub struct Screen {
    machine: Machine,
    client: Client,
    shots: PathBuf,
    step: u32,
}

impl Screen {
    /// Opens the window of a program, on a machine of its own.
    pub async fn open(program: &Path, arguments: &[&str]) -> Result<Self> {
        Self::on(Machine::start()?, program, arguments).await
    }

    /// Opens the window of a program on a machine that runs.
    pub async fn on(machine: Machine, program: &Path, arguments: &[&str]) -> Result<Self> {
        let mut all = vec!["--data-dir".to_owned(), machine.data_dir().display().to_string()];
        all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        let wanted: Value = json!({ "webkitgtk:browserOptions": { "binary": program, "args": all } });
        let Value::Object(capabilities) = wanted else {
            bail!("capabilities are an object")
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&machine.driver_url())
            .await
            .context("the window does not open")?;
        let shots = shots();
        fs::create_dir_all(&shots)?;
        Ok(Self {
            machine,
            client,
            shots,
            step: 0,
        })
    }

    /// The machine below.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// Photographs the page and the display under the next number.
    pub async fn shot(&mut self, name: &str) -> Result<()> {
        self.step += 1;
        self.painted().await?;
        let file = |kind: &str| self.shots.join(format!("{:02}-{name}{kind}.png", self.step));
        fs::write(file(""), self.client.screenshot().await?)?;
        self.machine.photograph(&file("-schermo"))
    }

    /// Waits until what the page holds is painted: the second frame from now shows it.
    async fn painted(&self) -> Result<()> {
        const SECOND_FRAME: &str =
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()));";
        self.client.execute_async(SECOND_FRAME, Vec::new()).await?;
        Ok(())
    }

    /// Waits for words on the screen, alone in their element.
    pub async fn sees(&self, words: &str) -> Result<Element> {
        self.shown(&format!(
            "//*[normalize-space(.)={0} and not(*[normalize-space(.)={0}])]",
            quoted(words)
        ))
        .await
    }

    /// Waits for an element whose own text holds some words.
    pub async fn reads(&self, words: &str) -> Result<Element> {
        self.shown(&format!("//*[text()[contains(normalize-space(.), {})]]", quoted(words)))
            .await
    }

    /// The field of a label.
    pub async fn field(&self, label: &str) -> Result<Element> {
        self.shown(&format!("//*[@id=//label[normalize-space(.)={}]/@for]", quoted(label)))
            .await
    }

    /// Presses a button whose words begin so; behind them may stand its key.
    pub async fn press(&self, words: &str) -> Result<()> {
        let path = format!(
            "//button[not(@disabled)][starts-with(normalize-space(.), {})]",
            quoted(words)
        );
        self.shown(&path)
            .await?
            .click()
            .await
            .with_context(|| format!("the button «{words}» cannot be pressed"))
    }

    /// Presses a key where the focus is.
    pub async fn key(&self, key: Key) -> Result<()> {
        Ok(self
            .client
            .active_element()
            .await?
            .send_keys(&char::from(key).to_string())
            .await?)
    }

    /// Presses a letter where the focus is.
    pub async fn press_letter(&self, letter: &str) -> Result<()> {
        Ok(self.client.active_element().await?.send_keys(letter).await?)
    }

    /// Presses a letter together with Control.
    pub async fn control(&self, letter: char) -> Result<()> {
        self.with(Key::Control, letter).await
    }

    /// Presses a letter together with Alt.
    pub async fn alt(&self, letter: char) -> Result<()> {
        self.with(Key::Alt, letter).await
    }

    async fn with(&self, held: Key, letter: char) -> Result<()> {
        let keys: String = [char::from(held), letter, char::from(Key::Null)].iter().collect();
        Ok(self.client.active_element().await?.send_keys(&keys).await?)
    }

    /// Width of the page in its own pixels: fewer where everything is shown larger.
    pub async fn width(&self) -> Result<u64> {
        let width = self.client.execute("return window.innerWidth", Vec::new()).await?;
        width.as_u64().context("the page has no width")
    }

    /// Waits until the page is narrower than that.
    pub async fn until_narrower(&self, than: u64) -> Result<()> {
        for _ in 0..PATIENCE.as_millis() / LOOK_AGAIN.as_millis() {
            if self.width().await? < than {
                return Ok(());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        bail!("the page is still {than} wide")
    }

    /// Waits until an XPath names something that is displayed.
    pub async fn shown(&self, path: &str) -> Result<Element> {
        for _ in 0..PATIENCE.as_millis() / LOOK_AGAIN.as_millis() {
            for element in self.client.find_all(Locator::XPath(path)).await? {
                // An element may be gone between being found and being looked at.
                if element.is_displayed().await.unwrap_or(false) {
                    return Ok(element);
                }
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        bail!("not on the screen: {path}\n{}", self.text().await.unwrap_or_default())
    }

    /// Waits until an XPath names nothing that is displayed.
    pub async fn without(&self, path: &str) -> Result<()> {
        for _ in 0..PATIENCE.as_millis() / LOOK_AGAIN.as_millis() {
            if !self.shows(path).await? {
                return Ok(());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        bail!("still on the screen: {path}")
    }

    /// Waits until the field an XPath names holds a text.
    pub async fn holds(&self, path: &str, text: &str) -> Result<()> {
        let field = self.shown(path).await?;
        for _ in 0..PATIENCE.as_millis() / LOOK_AGAIN.as_millis() {
            if field.prop("value").await?.as_deref() == Some(text) {
                return Ok(());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        bail!("{path} does not hold «{text}»")
    }

    /// Runs a script in the page; its answer.
    pub async fn script(&self, text: &str) -> Result<Value> {
        Ok(self.client.execute(text, Vec::new()).await?)
    }

    /// Whether an XPath names something that is displayed right now.
    pub async fn shows(&self, path: &str) -> Result<bool> {
        for element in self.client.find_all(Locator::XPath(path)).await? {
            if element.is_displayed().await.unwrap_or(false) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// All text of the page.
    pub async fn text(&self) -> Result<String> {
        Ok(self.client.find(Locator::Css("body")).await?.text().await?)
    }

    /// Closes the window; the machine runs on.
    pub async fn close(self) -> Result<Machine> {
        self.client.close().await?;
        Ok(self.machine)
    }
}

/// Where pictures go: named by `LANTERNA_SHOTS`, else beside what is built.
fn shots() -> PathBuf {
    if let Some(folder) = std::env::var_os("LANTERNA_SHOTS") {
        return folder.into();
    }
    let program = std::env::current_exe().unwrap_or_default();
    // target/debug/deps/window-…
    program.ancestors().nth(3).unwrap_or(Path::new(".")).join("shots")
}

/// A string of XPath, which knows no escapes: Italian words here hold no straight double quotes.
fn quoted(words: &str) -> String {
    format!("\"{words}\"")
}
