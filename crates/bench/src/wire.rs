//! The wire's control: the region as FHIR R4 resources in NDJSON, compressed like our chunks.

use std::io::{self, Write};

use anyhow::Result;
use lanterna_model::time::Minute;

use crate::region::Region;

/// Level of both sides: that of our chunks.
const LEVEL: i32 = 9;

/// Counts bytes and keeps none.
#[derive(Default)]
struct Counted(u64);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes of the region as one `Slot` per line: before and after compression.
///
/// # Errors
/// When the compressor fails.
pub fn fhir(region: &Region) -> Result<(u64, u64)> {
    let mut packed = zstd::Encoder::new(Counted::default(), LEVEL)?;
    let mut raw = 0u64;
    let mut line = Vec::with_capacity(512);
    for row in &region.rows {
        for session in &row.sessions {
            let starts: Vec<String> = (0..=session.slots)
                .map(|slot| instant(session.slot_start(slot)))
                .collect();
            for slot in 0..session.slots {
                for place in 0..session.places {
                    let at = usize::from(slot);
                    let bit = at * usize::from(session.places) + usize::from(place);
                    let status = if session.free.get(bit) { "free" } else { "busy" };
                    line.clear();
                    writeln!(
                        line,
                        r#"{{"resourceType":"Slot","id":"{0}-{1}-{place}","schedule":{{"reference":"Schedule/{0}"}},"status":"{status}","start":"{2}","end":"{3}"}}"#,
                        row.schedule,
                        session.slot_start(slot).0,
                        starts[at],
                        starts[at + 1],
                    )?;
                    raw += line.len() as u64;
                    packed.write_all(&line)?;
                }
            }
        }
    }
    Ok((raw, packed.finish()?.0))
}

/// As FHIR writes an instant.
fn instant(at: Minute) -> String {
    let offset = at.rome_offset_minutes() / 60;
    format!("{}+0{offset}:00", at.rome().format("%Y-%m-%dT%H:%M:%S"))
}

/// Bytes of all our chunks.
#[must_use]
pub fn ours(region: &Region) -> u64 {
    region.chunks.iter().map(|(_, bytes)| bytes.len() as u64).sum()
}
