//! A region from CSV files: what is accepted, what is refused, and why.
#![allow(clippy::unwrap_used)] // helpers of tests may panic

mod support;

use std::fs;
use std::path::Path;

use lanterna_central::import::{File, ImportError, Reason, export, import};
use lanterna_central::ledger::Region;
use proptest::prelude::*;
use support::region::{region, rules};

fn written(region: &Region) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    export(region, folder.path()).unwrap();
    folder
}

fn change(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} holds {from}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

fn refusals(folder: &Path) -> Vec<String> {
    import(folder, &rules())
        .unwrap()
        .report
        .refusals
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn a_region_written_as_csv_reads_back_the_same() {
    let region = region(4);
    let folder = written(&region);
    let imported = import(folder.path(), &rules()).unwrap();
    assert!(imported.report.clean(), "{}", imported.report);
    assert_eq!(imported.region, region);
    assert_eq!(imported.report.counts[&File::Sessions].accepted, 12);
    imported.region.check().unwrap();
}

#[test]
fn a_refused_line_says_file_line_field_and_reason() {
    let folder = written(&region(4));
    change(folder.path(), "services.csv", "89.52,", "89-52,");
    let refused = import(folder.path(), &rules()).unwrap().report.refusals;
    let first = &refused[0];
    // A quoted field runs over two lines: the number is that of the file, as an editor shows it.
    assert_eq!((first.file, first.line, first.field), (File::Services, 4, Some("code")));
    assert!(matches!(first.reason, Reason::Code(_)));
    assert_eq!(first.to_string(), "services.csv:4: code: character 3 is not allowed");
}

#[test]
fn whatever_refers_to_a_refused_line_is_refused_with_it() {
    let folder = written(&region(4));
    change(folder.path(), "locations.csv", "44.4056", "144.4056");
    let imported = import(folder.path(), &rules()).unwrap();
    assert_eq!(imported.report.counts[&File::Locations].refused, 1);
    assert_eq!(imported.report.counts[&File::Schedules].refused, 4);
    assert_eq!(imported.report.counts[&File::Sessions].refused, 12);
    assert_eq!(imported.region.schedules, []);
    imported.region.check().unwrap();
}

#[test]
fn a_line_nobody_refers_to_leaves_out_only_itself() {
    let folder = written(&region(4));
    change(folder.path(), "schedules.csv", "4,A4,", "4,A4,extra,");
    let imported = import(folder.path(), &rules()).unwrap();
    let reason = Reason::Fields {
        found: 24,
        expected: 23,
    };
    assert!(
        imported
            .report
            .refusals
            .iter()
            .any(|refusal| refusal.line == 5 && refusal.reason == reason)
    );
    assert_eq!(imported.region.schedules.len(), 3);
}

#[test]
fn every_kind_of_fault_is_told_apart() {
    for (file, from, to, told) in [
        (
            "municipalities.csv",
            "D969",
            "969D",
            "municipalities.csv:2: column cadastral_code: not a letter and three digits",
        ),
        (
            "municipalities.csv",
            "070103",
            "070104",
            "municipalities.csv:2: asl_code: 070104 is not in organizations.csv, or was refused there",
        ),
        (
            "organizations.csv",
            "070103,",
            "7103,",
            "organizations.csv:2: code: length 4 is outside 6 to 6 characters",
        ),
        (
            "organizations.csv",
            "authority,2000-01-01,2025",
            "authority,2000-01-01,1999",
            "organizations.csv:2: valid_to: it ends before it begins",
        ),
        (
            "organizations.csv",
            ",070200",
            ",070999",
            "organizations.csv:2: succeeded_by: 070999 is not in organizations.csv, or was refused there",
        ),
        (
            "organizations.csv",
            "authority",
            "asl",
            "organizations.csv:2: kind: it is not one of authority, hospital, accredited",
        ),
        (
            "services.csv",
            "visit,20",
            "visit,12",
            "services.csv:2: minutes: it is not a multiple of five minutes",
        ),
        (
            "services.csv",
            "2500",
            "-1",
            "services.csv:2: tariff_cents: it is not a number from 0 to 10000000",
        ),
        (
            "schedules.csv",
            "89.7A.3:20:FC",
            "89.7A.3:20",
            "schedules.csv:2: services: item 1 does not look like code:minutes:F, C or FC",
        ),
        (
            "schedules.csv",
            "B:2:48",
            "X:2:48",
            "schedules.csv:4: quotas: item 1 does not look like class:places of a session:hours before it falls away",
        ),
        (
            "schedules.csv",
            "89.52:20:F",
            "88.88:20:F",
            "schedules.csv:2: services: 88.88 is not in services.csv, or was refused there",
        ),
        (
            "schedules.csv",
            "3,A3",
            "2,A3",
            "schedules.csv:4: id: the same stands on line 3",
        ),
        (
            "schedules.csv",
            "lavori",
            "",
            "schedules.csv:5: suspension_reason: a suspension needs its reason",
        ),
        (
            "sessions.csv",
            "2026-11-25T08:00:00Z",
            "2026-11-25 08:00",
            "sessions.csv:2: start: it is not an instant such as 2026-03-01T08:30:00+01:00, on the minute",
        ),
        (
            "sessions.csv",
            "2026-12-02T08:00:00Z",
            "2026-11-25T09:00:00Z",
            "sessions.csv:3: start: the session overlaps the one of line 2",
        ),
        (
            "sessions.csv",
            "2026-11-25T08:00:00Z",
            "2026-11-25T08:01:00Z",
            "sessions.csv:2: the session breaks a bound (five-minute grid, 288 slots, 64 places, 25 hours, length of closed)",
        ),
        (
            "sessions.csv",
            ",05",
            ",5",
            "sessions.csv:4: closed: it is not made of pairs of hexadecimal digits",
        ),
    ] {
        let folder = written(&region(4));
        change(folder.path(), file, from, to);
        let told_there = refusals(folder.path());
        assert!(
            told_there.iter().any(|line| line == told),
            "{told}\nnot in\n{}",
            told_there.join("\n")
        );
    }
}

#[test]
fn a_spreadsheets_semicolons_and_byte_order_mark_are_read() {
    let folder = written(&region(1));
    let text = "\u{feff}Code;Name;Services\r\nE02;Disoccupati;89.52|89.7A.3\r\n";
    fs::write(folder.path().join("exemptions.csv"), text).unwrap();
    let imported = import(folder.path(), &rules()).unwrap();
    assert!(imported.report.clean(), "{}", imported.report);
    assert_eq!(imported.region.exemptions[0].services.len(), 2);
}

#[test]
fn a_missing_file_or_column_is_told_before_any_line() {
    let folder = written(&region(1));
    change(folder.path(), "sessions.csv", "places", "posti");
    assert!(matches!(
        import(folder.path(), &rules()),
        Err(ImportError::Column {
            file: File::Sessions,
            column: "places"
        })
    ));
    fs::remove_file(folder.path().join("services.csv")).unwrap();
    assert!(matches!(import(folder.path(), &rules()), Err(ImportError::Read { .. })));
}

#[test]
fn bytes_that_are_no_text_are_refused_with_their_line() {
    let folder = written(&region(1));
    let path = folder.path().join("locations.csv");
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend_from_slice(b"2,02,Citt\xe0,070200,,010025,Genova,44,8,\n");
    fs::write(&path, bytes).unwrap();
    assert_eq!(refusals(folder.path()), ["locations.csv:3: name: it is not UTF-8 text"]);
}

proptest! {
    #[test]
    fn no_file_however_strange_ends_the_import(
        file in prop::sample::select(vec!["services.csv", "locations.csv", "schedules.csv", "sessions.csv"]),
        at in 0.0..1.0f64,
        bytes in prop::collection::vec(any::<u8>(), 1..8),
    ) {
        let folder = written(&region(1));
        let path = folder.path().join(file);
        let mut text = fs::read(&path).unwrap();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let at = (at * text.len() as f64) as usize;
        text.splice(at..at, bytes);
        fs::write(path, text).unwrap();
        if let Ok(imported) = import(folder.path(), &rules()) {
            prop_assert_eq!(imported.region.check(), Ok(()));
        }
    }
}
