//! This life of the desk's record. Its name stands in the record and, outside of it, in a file beside:
//! a record that was put back from a copy is told by the two not agreeing, and promises nothing until the
//! central has set places aside for it anew (PROTOCOL.md, *Leases*, rule 11).

use std::fs;
use std::io::Write;
use std::path::Path;

use lanterna_store::{Store, StoreError};
use uuid::Uuid;

const FILE: &str = "incarnation";

/// Begins another incarnation unless record and file name the same one. `fresh` is its name; `mended`
/// says that the record was saved from a damaged file.
///
/// The record is written first: a power cut between the two costs promises, and never makes false ones.
pub(crate) fn settle(store: &mut Store, dir: &Path, fresh: Uuid, mended: bool) -> Result<(), StoreError> {
    let path = dir.join(FILE);
    let beside: Option<Uuid> = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok());
    let inside = store.record().incarnation()?;
    if !mended && inside.is_some() && inside == beside {
        return Ok(());
    }
    store.transaction(|tx| tx.desk().begin_incarnation(fresh))?;
    let part = dir.join(format!("{FILE}.new"));
    let mut file = fs::File::create(&part)?;
    file.write_all(fresh.to_string().as_bytes())?;
    file.sync_all()?;
    fs::rename(part, path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use lanterna_model::time::Now;
    use lanterna_store::RawKey;

    use super::*;

    fn opened(dir: &Path) -> Store {
        let now = Now::at("2026-11-23T09:00:00Z".parse().unwrap());
        Store::open(dir, &RawKey::from_bytes([3; 32]), now).unwrap().0
    }

    #[test]
    fn a_record_goes_on_as_itself_until_it_is_put_back_from_a_copy() {
        let dir = tempfile::tempdir().unwrap();
        let id = Uuid::from_u128;
        let settled = |fresh, mended| {
            let mut store = opened(dir.path());
            settle(&mut store, dir.path(), id(fresh), mended).unwrap();
            store.record().incarnation().unwrap()
        };
        assert_eq!(settled(1, false), Some(id(1)));
        assert_eq!(settled(2, false), Some(id(1)));
        assert_eq!(settled(3, true), Some(id(3)));
        // The copy is of the first life, the file beside it of the second.
        fs::write(dir.path().join(FILE), id(9).to_string()).unwrap();
        assert_eq!(settled(4, false), Some(id(4)));
        fs::remove_file(dir.path().join(FILE)).unwrap();
        assert_eq!(settled(5, false), Some(id(5)));
    }
}
