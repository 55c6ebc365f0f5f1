//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The headless desk of Lanterna.
#[derive(Parser)]
#[command(name = "lanterna", version)]
pub struct Arguments {
    /// Folder of the desk's files.
    #[arg(long, global = true, env = "LANTERNA_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Address of the central.
    #[arg(long, global = true, env = "LANTERNA_CENTRAL_URL")]
    pub central: Option<String>,
    /// File that holds the passphrase of the key.
    #[arg(long, global = true, env = "LANTERNA_PASSPHRASE_FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Print answers as JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub enum Command {
    /// Make a key and become a desk of a central.
    Enrol {
        /// One-time code.
        #[arg(long)]
        code: String,
    },
    /// Bring the mirror up to date and send what is queued.
    Sync {
        /// Most seconds to wait.
        #[arg(long, default_value_t = 60)]
        wait: u64,
    },
    /// Look for free places.
    Search(SearchArguments),
    /// Book by a request file, so that no patient stands on the command line.
    Book {
        /// JSON with `patient` and `prescription`; `-` reads standard input.
        #[arg(long)]
        request: PathBuf,
        /// Which of the rows found, from 1.
        #[arg(long, default_value_t = 1)]
        choice: u32,
        #[command(flatten)]
        window: Window,
    },
    /// Show the queue.
    Queue {
        /// `to-resolve`, `waiting` or `settled`.
        #[arg(long, default_value = "waiting")]
        part: String,
    },
    /// Show one booking.
    Show {
        /// Its number.
        number: String,
    },
    /// Cancel a booking, or withdraw one that was never sent.
    Cancel {
        /// Its number.
        number: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Move a booking, or settle its conflict, to one of its alternatives.
    Move {
        /// Its number.
        number: String,
        /// Which of the alternatives, from 1.
        #[arg(long, default_value_t = 1)]
        choice: u32,
    },
    /// Write the slip of a booking as PDF.
    Print {
        /// Its number.
        number: String,
    },
    /// Check the desk's files against the invariants.
    Verify,
    /// Write what waits in the queue to a file that only the central can read.
    Rescue,
    /// Carry the rescue file of another desk to the central.
    Carry {
        /// The file.
        file: PathBuf,
    },
    /// Run the main journey on a demonstration region and print it.
    #[cfg(feature = "demo")]
    Journey {
        /// Schedules of the region.
        #[arg(long, default_value_t = 600)]
        schedules: usize,
    },
    /// Serve the screens to a browser on this machine, for tests.
    #[cfg(feature = "host")]
    Serve {
        /// Folder of the built screens.
        #[arg(long)]
        screens: PathBuf,
        /// Start the demonstration behind it.
        #[cfg(feature = "demo")]
        #[arg(long)]
        demo: bool,
        /// Schedules of the demonstration's region.
        #[cfg(feature = "demo")]
        #[arg(long, default_value_t = 600)]
        schedules: usize,
    },
}

/// What is looked for.
#[derive(Args)]
pub struct SearchArguments {
    /// National code; may be given several times.
    #[arg(long = "service", required = true)]
    pub services: Vec<String>,
    /// Class U, B, D or P; none for a follow-up.
    #[arg(long)]
    pub class: Option<String>,
    /// Rows wanted.
    #[arg(long, default_value_t = 20)]
    pub limit: u32,
    #[command(flatten)]
    pub window: Window,
}

/// Where and when.
#[derive(Args, Default)]
pub struct Window {
    /// ISTAT code of the municipality distances are counted from.
    #[arg(long)]
    pub near: Option<String>,
    /// Most kilometres as the crow flies.
    #[arg(long)]
    pub km: Option<u16>,
    /// First day, `YYYY-MM-DD`.
    #[arg(long)]
    pub from: Option<chrono::NaiveDate>,
    /// Last day, `YYYY-MM-DD`.
    #[arg(long)]
    pub to: Option<chrono::NaiveDate>,
    /// Day of the week, 1 Monday to 7 Sunday; may be given several times.
    #[arg(long = "weekday", value_parser = clap::value_parser!(u8).range(1..=7))]
    pub weekdays: Vec<u8>,
    /// Earliest time, `HH:MM`.
    #[arg(long)]
    pub after: Option<String>,
    /// Latest time at which the appointment may start, `HH:MM`.
    #[arg(long)]
    pub before: Option<String>,
    /// Code of the body, for its places alone.
    #[arg(long)]
    pub organization: Option<String>,
    /// Number of the site, for its places alone.
    #[arg(long)]
    pub location: Option<u32>,
    /// `date`, `distance` or `facility`.
    #[arg(long, default_value = "date")]
    pub sort: String,
}
