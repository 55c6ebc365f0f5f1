//! What can be said on the command line of the window.

use std::path::PathBuf;

use anyhow::{Result, bail};

/// What was said.
#[derive(Debug, Default)]
pub struct Arguments {
    /// Folder of the desk's files.
    pub data_dir: Option<PathBuf>,
    /// Address of the central.
    pub central: Option<String>,
    /// The demonstration.
    pub demo: bool,
    /// Schedules of its region.
    #[cfg_attr(not(feature = "demo"), allow(dead_code))]
    pub schedules: usize,
}

impl Arguments {
    /// Reads command line and environment.
    pub fn read() -> Result<Self> {
        let mut arguments = Self {
            data_dir: std::env::var_os("LANTERNA_DATA_DIR").map(PathBuf::from),
            central: std::env::var("LANTERNA_CENTRAL_URL").ok(),
            schedules: 600,
            ..Self::default()
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| anyhow::anyhow!("{word} wants a value"));
            match word.as_str() {
                "--data-dir" => arguments.data_dir = Some(value()?.into()),
                "--central" => arguments.central = Some(value()?),
                "--demo" if cfg!(feature = "demo") => arguments.demo = true,
                "--schedules" => arguments.schedules = value()?.parse()?,
                "--demo" => bail!("this build has no demonstration: build it with the feature `demo`"),
                other => bail!("{other} is not known; --data-dir DIR, --central URL, --demo, --schedules N are"),
            }
        }
        Ok(arguments)
    }
}
