//! A CSV file as lines with named fields.

use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};

use super::report::{File, Reason, Refusal, Report};
use super::{ImportError, field};

/// Longest field; longer ones are no region's.
pub(super) const FIELD_CHARACTERS: usize = 4_000;

/// What is wrong with a line, before it is known which line it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) field: Option<&'static str>,
    pub(super) reason: Reason,
}

/// One line.
pub(super) struct Line<'a> {
    pub(super) number: u64,
    record: &'a ByteRecord,
    columns: &'a [(&'static str, usize)],
}

impl Line<'_> {
    /// The text of a field, outer blanks dropped; may be empty.
    pub(super) fn text(&self, name: &'static str) -> Result<&str, Fault> {
        let at = self
            .columns
            .iter()
            .find(|(column, _)| *column == name)
            .map(|(_, at)| *at);
        let bytes = at.and_then(|at| self.record.get(at)).unwrap_or_default();
        let fault = |reason| Fault {
            field: Some(name),
            reason,
        };
        let text = std::str::from_utf8(bytes).map_err(|_| fault(Reason::Encoding))?.trim();
        if text.chars().count() > FIELD_CHARACTERS {
            return Err(fault(Reason::TooLong { most: FIELD_CHARACTERS }));
        }
        Ok(text)
    }

    /// The text of a field that must not be empty.
    pub(super) fn needed(&self, name: &'static str) -> Result<&str, Fault> {
        match self.text(name)? {
            "" => Err(Fault {
                field: Some(name),
                reason: Reason::Empty,
            }),
            text => Ok(text),
        }
    }

    /// A field that must not be empty, read by `parse`.
    pub(super) fn read<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Result<T, Fault> {
        parse(self.needed(name)?).map_err(|reason| Fault {
            field: Some(name),
            reason,
        })
    }

    /// A field that may be empty, read by `parse` when it is not.
    pub(super) fn maybe<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Reason>,
    ) -> Result<Option<T>, Fault> {
        match self.text(name)? {
            "" => Ok(None),
            text => parse(text).map(Some).map_err(|reason| Fault {
                field: Some(name),
                reason,
            }),
        }
    }

    /// The items of a list, each read by `parse`, which says nothing when the shape is wrong.
    pub(super) fn list<T>(
        &self,
        name: &'static str,
        shape: &'static str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, Fault> {
        field::list(self.text(name)?, shape, parse).map_err(|reason| Fault {
            field: Some(name),
            reason,
        })
    }
}

/// Reads a file and hands every line to `take`; counts what it accepts and notes what it refuses.
pub(super) fn each(
    folder: &Path,
    file: File,
    columns: &[&'static str],
    report: &mut Report,
    mut take: impl FnMut(&Line<'_>) -> Result<(), Fault>,
) -> Result<(), ImportError> {
    let path = folder.join(file.name());
    let bytes = std::fs::read(&path).map_err(|source| ImportError::Read { path, source })?;
    let header_end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let semicolons = !bytes[..header_end].contains(&b',') && bytes[..header_end].contains(&b';');
    let mut reader = ReaderBuilder::new()
        .flexible(true)
        .delimiter(if semicolons { b';' } else { b',' })
        .from_reader(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes));
    let header = reader
        .byte_headers()
        .map_err(|source| ImportError::Csv { file, source })?;
    let expected = header.len();
    let mut places = Vec::with_capacity(columns.len());
    for column in columns {
        let at = header
            .iter()
            .position(|name| name.trim_ascii().eq_ignore_ascii_case(column.as_bytes()));
        places.push((*column, at.ok_or(ImportError::Column { file, column })?));
    }
    report.counts.entry(file).or_default();
    let mut record = ByteRecord::new();
    while reader
        .read_byte_record(&mut record)
        .map_err(|source| ImportError::Csv { file, source })?
    {
        let number = record.position().map_or(0, csv::Position::line);
        let line = Line {
            number,
            record: &record,
            columns: &places,
        };
        let taken = if record.len() == expected {
            take(&line)
        } else {
            Err(Fault {
                field: None,
                reason: Reason::Fields {
                    found: record.len(),
                    expected,
                },
            })
        };
        match taken {
            Ok(()) => report.accept(file),
            Err(Fault { field, reason }) => report.refuse(Refusal {
                file,
                line: number,
                field,
                reason,
            }),
        }
    }
    Ok(())
}
