//! A desk whose disk is full.

use std::time::Duration;

use lanterna_central::embedded::{Embedded, EmbeddedConfig};
use lanterna_model::access::{AccessType, Channel, Sex};
use lanterna_model::ids::ServiceCode;
use lanterna_model::schedule::SlotSpan;

use super::*;
use crate::rpc::{PatientInput, PrescriptionInput, SearchQuery};

const SERVICE: &str = "89.01.3";

async fn ready(central: &Embedded, folder: &tempfile::TempDir) -> Desk {
    let config = DeskConfig {
        data_dir: folder.path().to_owned(),
        central_url: Some(central.url()),
        demonstration: None,
    };
    let desk = Desk::new(config, Adapters::without_keychain());
    let passphrase = Some("una frase di prova".to_owned());
    desk.answer(Request::CreateKey { passphrase }).await.unwrap();
    let code = central.enrolment_code(Channel::Mmg).await.unwrap();
    let central_url = None;
    desk.answer(Request::Enrol { code, central_url }).await.unwrap();
    let mut news = desk.watch();
    let downloaded = async {
        while desk.status().await.unwrap().data_at.is_none() {
            let _ = tokio::time::timeout(Duration::from_millis(50), news.recv()).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), downloaded).await.unwrap();
    desk
}

async fn first_free(desk: &Desk) -> Vec<SlotSpan> {
    let query = SearchQuery {
        birth_date: "1980-01-01".parse().ok(),
        sex: Some(Sex::M),
        limit: 1,
        ..SearchQuery::of(vec![ServiceCode::parse(SERVICE).unwrap()], None, AccessType::FollowUp)
    };
    match desk.answer(Request::Search { query }).await.unwrap() {
        Reply::Found(found) => found.rows[0].spans.clone(),
        _ => panic!("another answer"),
    }
}

fn draft(desk: &Desk, n: u32, spans: Vec<SlotSpan>) -> BookingDraft {
    BookingDraft {
        draft: desk.new_id().unwrap(),
        patient: PatientInput {
            id: "RSSMRA80A01D969Z".to_owned(),
            surname: "Rossi".to_owned(),
            given_name: "Mario".to_owned(),
            birth_date: "1980-01-01".parse().ok(),
            sex: Some(Sex::M),
            municipality: None,
            phone: String::new(),
            demonstration: true,
        },
        prescription: PrescriptionInput {
            nre: format!("0700A4{n:09}"),
            priority: None,
            access: AccessType::FollowUp,
            issued_on: Some(desk.adapters.clock.now().today()),
            diagnosis: String::new(),
            exemption: String::new(),
            prescriber: String::new(),
            services: vec![ServiceCode::parse(SERVICE).unwrap()],
        },
        spans,
        requested_at: None,
        first_proposed: None,
        hold: None,
    }
}

#[tokio::test]
async fn a_full_disk_refuses_a_booking_before_it_is_promised_and_takes_it_once_there_is_room() {
    let central = Embedded::start(EmbeddedConfig {
        schedules: 60,
        ..EmbeddedConfig::default()
    })
    .await
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let desk = ready(&central, &folder).await;
    // Off line, so that what is in the queue is what was promised.
    central.proxy().cut();
    desk.core().await.unwrap().store().limit_pages(1).unwrap();
    let (mut promised, mut refused) = (0, None);
    for n in 1..200 {
        let spans = first_free(&desk).await;
        let form = draft(&desk, n, spans.clone());
        match desk.answer(Request::Book { draft: form.clone() }).await {
            Ok(_) => promised += 1,
            Err(error) => {
                assert_eq!(error.code, ErrorCode::DiskFull);
                assert_eq!(first_free(&desk).await, spans, "the place is still offered");
                refused = Some(form);
                break;
            }
        }
    }
    let refused = refused.expect("the limit was never reached");
    assert_eq!(desk.status().await.unwrap().queued, promised);
    assert_eq!(desk.verify().await.unwrap(), Vec::<String>::new());
    desk.core().await.unwrap().store().limit_pages(100_000).unwrap();
    desk.answer(Request::Book { draft: refused }).await.map(drop).unwrap();
    assert_eq!(desk.status().await.unwrap().queued, promised + 1);
    central.proxy().restore();
    let sent = async {
        while desk.status().await.unwrap().queued > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), sent).await.unwrap();
    assert_eq!(central.verify().await.unwrap(), u64::from(promised) + 1);
}
