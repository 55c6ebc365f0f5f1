//! `lanterna-bench`: measures and prints. `cargo xtask bench` builds and starts it.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use lanterna_bench::region::Region;
use lanterna_bench::run::{Effort, Findings, measure};
use lanterna_bench::table::{Figure, Line, Table};

const USAGE: &str = "lanterna-bench [--schedules N] [--small] [--full] [--check]";

/// The full region.
const SCHEDULES: usize = 8_000;
/// Sizes of `--full`.
const SIZES: [usize; 3] = [1_000, 8_000, 32_000];

struct Wanted {
    sizes: Vec<usize>,
    effort: Effort,
    check: bool,
}

fn main() -> Result<ExitCode> {
    let wanted = wanted(std::env::args().skip(1))?;
    let mut all = Vec::new();
    for schedules in &wanted.sizes {
        let mut region = Region::make(*schedules)?;
        println!(
            "\n{} schedules, {} sessions, {} slots",
            region.rows.len(),
            region.sessions(),
            region.manifest.slots
        );
        let mut findings = measure(&mut region, wanted.effort)?;
        // Goals are those of the full region; other sizes show the growth.
        if wanted.sizes.len() > 1 && *schedules != SCHEDULES {
            findings.lines.iter_mut().for_each(|line| line.goals.clear());
        }
        println!(
            "{} schedules come into question on average; the search takes {} of memory\n",
            findings.candidates,
            Figure::bytes(findings.memory as u64)
        );
        print!("{}", Table(&findings.lines));
        all.push((*schedules, findings));
    }
    if all.len() > 1 {
        growth(&all);
    }
    let missed: Vec<&Line> = all
        .iter()
        .flat_map(|(_, findings)| findings.lines.iter().filter(|line| !line.is_met()))
        .collect();
    for line in &missed {
        println!("missed: {}", line.what);
    }
    Ok(if wanted.check && !missed.is_empty() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn wanted(mut words: impl Iterator<Item = String>) -> Result<Wanted> {
    let mut wanted = Wanted {
        sizes: vec![SCHEDULES],
        effort: Effort::WHOLE,
        check: false,
    };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--schedules" => {
                let number = words.next().context(USAGE)?;
                wanted.sizes = vec![number.parse().context(USAGE)?];
            }
            "--small" => wanted.effort = Effort::SMALL,
            "--full" => wanted.sizes = SIZES.to_vec(),
            "--check" => wanted.check = true,
            _ => bail!(USAGE),
        }
    }
    Ok(wanted)
}

/// How each cost of ours grows with the region.
fn growth(all: &[(usize, Findings)]) {
    println!("\nHow ours grows with the region:\n");
    print!("| what |");
    for (schedules, _) in all {
        print!(" {schedules} schedules |");
    }
    println!();
    println!("|---|{}", "---|".repeat(all.len()));
    let Some((_, first)) = all.first() else { return };
    for (at, line) in first.lines.iter().enumerate() {
        print!("| {} |", line.what);
        for (_, findings) in all {
            print!(" {} |", findings.lines[at].ours);
        }
        println!();
    }
}
