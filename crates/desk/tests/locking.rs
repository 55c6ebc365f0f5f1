//! A locked desk, as its screens meet it.
#![allow(clippy::unwrap_used)] // tests

use lanterna_desk::rpc::{ErrorCode, Preferences, Reply, Request, RpcError, Stage};
use lanterna_desk::{Adapters, Desk, DeskConfig};

const PASSPHRASE: &str = "una frase abbastanza lunga";

fn desk(dir: &std::path::Path) -> Desk {
    let config = DeskConfig {
        data_dir: dir.to_owned(),
        ..DeskConfig::default()
    };
    Desk::new(config, Adapters::without_keychain())
}

async fn stage(desk: &Desk, request: Request) -> Result<Stage, RpcError> {
    match desk.answer(request).await? {
        Reply::Stage(view) => Ok(view.stage),
        _ => panic!("another answer"),
    }
}

async fn opened(dir: &std::path::Path) -> Desk {
    let desk = desk(dir);
    let passphrase = Some(PASSPHRASE.to_owned());
    let made = stage(&desk, Request::CreateKey { passphrase }).await.unwrap();
    assert_eq!(made, Stage::NeedsEnrolment);
    desk
}

fn unlock(passphrase: &str) -> Request {
    Request::Unlock {
        passphrase: Some(passphrase.to_owned()),
    }
}

#[tokio::test]
async fn a_locked_desk_tells_nothing_until_its_passphrase_is_given() {
    let dir = tempfile::tempdir().unwrap();
    let desk = opened(dir.path()).await;
    assert_eq!(stage(&desk, Request::Lock).await.unwrap(), Stage::Locked);
    assert_eq!(stage(&desk, Request::Stage).await.unwrap(), Stage::Locked);
    for refused in [Request::Organizations, Request::TakeScan, Request::Diagnostics] {
        let error = desk.answer(refused).await.err().unwrap();
        assert_eq!(error.code, ErrorCode::Locked);
    }
    let wrong = stage(&desk, unlock("un’altra frase")).await.err().unwrap();
    assert_eq!(
        (wrong.code, wrong.field.as_deref()),
        (ErrorCode::WrongPassphrase, Some("passphrase"))
    );
    assert!(desk.answer(Request::Organizations).await.is_err());
    assert_eq!(stage(&desk, unlock(PASSPHRASE)).await.unwrap(), Stage::NeedsEnrolment);
    assert!(desk.answer(Request::Organizations).await.is_ok());
}

#[tokio::test]
async fn a_lock_does_not_stop_the_figures_and_the_preferences() {
    let dir = tempfile::tempdir().unwrap();
    let desk = opened(dir.path()).await;
    stage(&desk, Request::Lock).await.unwrap();
    assert!(desk.answer(Request::Status).await.is_ok());
    let preferences = Preferences {
        zoom: 150,
        ..Preferences::default()
    };
    desk.answer(Request::SetPreferences { preferences }).await.unwrap();
    let Reply::Preferences(kept) = desk.answer(Request::Preferences).await.unwrap() else {
        panic!("another answer")
    };
    assert_eq!(kept, preferences);
}

#[tokio::test]
async fn a_desk_whose_keychain_is_silent_says_so() {
    let dir = tempfile::tempdir().unwrap();
    // Files are there, and no passphrase wraps their key: it is in a keychain.
    std::fs::write(dir.path().join("desk.db"), "").unwrap();
    let desk = desk(dir.path());
    assert_eq!(stage(&desk, Request::Stage).await.unwrap(), Stage::Locked);
    let error = stage(&desk, unlock("")).await.err().unwrap();
    assert_eq!(error.code, ErrorCode::KeychainSilent);
}

#[tokio::test]
async fn a_text_from_outside_waits_until_it_is_taken_and_is_taken_once() {
    let dir = tempfile::tempdir().unwrap();
    let desk = opened(dir.path()).await;
    desk.scanned("rssmra80a01d969z\r\n");
    let take = async || match desk.answer(Request::TakeScan).await.unwrap() {
        Reply::Scan(text) => text,
        _ => panic!("another answer"),
    };
    assert_eq!(take().await.as_deref(), Some("RSSMRA80A01D969Z"));
    assert_eq!(take().await, None);
}
