//! `--week`: what becomes of bookings made off line, with leases and without, as a table for `docs/`.

use std::process::ExitCode;

use lanterna_sim::report::Report;
use lanterna_sim::{Config, run};

/// Runs as many weeks as there are seeds, each with leases and without, and prints the table.
pub(crate) fn week(seed: u64, seeds: u64) -> anyhow::Result<ExitCode> {
    let mut sums = Vec::new();
    for leases in [false, true] {
        let mut sum = Report::default();
        let weeks: Vec<_> = std::thread::scope(|scope| {
            let started: Vec<_> = (seed..seed + seeds)
                .map(|seed| scope.spawn(move || run(&Config::week(seed, leases))))
                .collect();
            started.into_iter().map(|week| week.join()).collect()
        });
        for week in weeks {
            match week {
                Ok(Ok(report)) => sum.add(&report),
                Ok(Err(failure)) => {
                    println!("seen        {}", failure.violation);
                    return Ok(ExitCode::FAILURE);
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        eprintln!("{sum}");
        sums.push((leases, sum));
    }
    println!(
        "| {seeds} weeks | bookings off line | confirmed without a person | in conflict | rejected | needs operator |"
    );
    println!("|---|---|---|---|---|---|");
    for (leases, sum) in &sums {
        let [plain, guaranteed] = sum.off_line;
        if *leases {
            row("with leases: guaranteed", guaranteed);
            row("with leases: the others", plain);
            let all: Vec<u64> = plain.iter().zip(guaranteed).map(|(one, other)| one + other).collect();
            row("**with leases: all**", all.try_into().unwrap_or_default());
        } else {
            row("**without leases**", plain);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn row(name: &str, ends: [u64; 4]) {
    let all: u64 = ends.iter().sum();
    let share = |part: u64| (part * 1_000).checked_div(all).unwrap_or(0);
    let [confirmed, rest @ ..] = ends;
    let tenths = |permille: u64| format!("{}.{} %", permille / 10, permille % 10);
    let rest: Vec<String> = rest.iter().map(|part| tenths(share(*part))).collect();
    println!(
        "| {name} | {all} | {} | {} |",
        tenths(share(confirmed)),
        rest.join(" | ")
    );
}
