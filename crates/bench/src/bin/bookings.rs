//! `bookings [--small] [--check]`: bookings at the central beside the same statements without it.
//! `cargo xtask bench` starts it after the mirror.

use std::process::ExitCode;

use anyhow::{Result, bail};
use lanterna_bench::bookings::{Effort, measure};
use lanterna_bench::table::{Figure, Table};

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let (mut effort, mut check) = (Effort::WHOLE, false);
    for word in std::env::args().skip(1) {
        match word.as_str() {
            "--small" => effort = Effort::SMALL,
            "--check" => check = true,
            _ => bail!("bookings [--small] [--check]"),
        }
    }
    let lines = measure(effort).await?;
    println!("\nBookings at the central, each committed to the disk:\n");
    print!("{}", Table(&lines));
    println!();
    for line in &lines {
        if let (Figure::Time(ours), Some((Figure::Time(control), which))) = (line.ours, line.control) {
            let rate = |time: std::time::Duration| 1.0 / time.as_secs_f64().max(1e-9);
            println!(
                "{}: {:.0} a second, {:.0} by {which}",
                line.what,
                rate(ours),
                rate(control)
            );
        }
    }
    let met = lines.iter().all(lanterna_bench::table::Line::is_met);
    Ok(if check && !met {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
