//! Documents, and what the demonstration offers.

use super::{Desk, demo_view};
use crate::fault::Answered;
use crate::rpc::{DemoPrescription, Document, ErrorCode, SecondDesk};
use crate::slips;

impl Desk {
    pub(super) fn open_document(&self, name: &str) -> Answered<()> {
        // Only what was written here: a name, never a path.
        let plain = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        let path = slips::folder(&self.config.data_dir).join(name);
        if !plain || name.starts_with('.') || !path.is_file() {
            return Err(ErrorCode::Document.into());
        }
        let program = if cfg!(target_os = "macos") {
            "open"
        } else if cfg!(windows) {
            "explorer"
        } else {
            "xdg-open"
        };
        let started = std::process::Command::new(program)
            .arg(&path)
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn();
        match started {
            Ok(mut child) => {
                // Reaped when it ends, however long the viewer stays open.
                std::thread::spawn(move || child.wait());
                Ok(())
            }
            Err(_) => Err(ErrorCode::Document.into()),
        }
    }

    pub(super) async fn demo_prescriptions(&self) -> Answered<Vec<DemoPrescription>> {
        let ready = self.demonstration()?.prescriptions();
        let core = self.core().await?;
        let store = core.store();
        Ok(ready.iter().map(|ready| demo_view(&store, ready)).collect())
    }

    pub(super) async fn print_sheet(&self) -> Answered<Document> {
        let ready = self.demonstration()?.prescriptions();
        let core = self.core().await?;
        let store = core.store();
        slips::sheet(&store, &ready, &self.config.data_dir)
    }

    pub(super) async fn second_desk(&self) -> Answered<SecondDesk> {
        let demonstration = self.demonstration()?;
        Ok(SecondDesk {
            central_url: demonstration.direct_url(),
            code: demonstration.enrolment_code().await.ok_or(ErrorCode::Internal)?,
        })
    }
}
