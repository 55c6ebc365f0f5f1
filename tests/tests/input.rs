//! Bad input at a desk: refused at the field, in words, before anything is written.
#![allow(clippy::unwrap_used)] // helpers of a test

use std::sync::Arc;

use lanterna_central::clock::FixedClock;
use lanterna_central::embedded::{Embedded, EmbeddedConfig};
use lanterna_central::ledger::Ledger;
use lanterna_desk::rpc::{BookingDraft, ErrorCode, LinkState, QueuePart, Reply, Request, RpcError, SearchQuery};
use lanterna_desk::words::{Locale, Words};
use lanterna_model::access::{AccessType, Channel, Sex};
use lanterna_model::age;
use lanterna_model::ids::{ScheduleId, ServiceCode};
use lanterna_model::priority::Priority;
use lanterna_model::schedule::Schedule;
use lanterna_tests::clock::{BEGINNING, FastClock};
use lanterna_tests::operator::Operator;
use lanterna_tests::{SERVICE, nre};

struct World {
    central: Embedded,
    operator: Operator,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let central = Embedded::start(EmbeddedConfig {
            schedules: 600,
            clock: Arc::new(FixedClock::at(BEGINNING.parse().unwrap())),
            ..EmbeddedConfig::default()
        })
        .await
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let operator = Operator::enrolled(folder.path(), &central, FastClock::new(1)).await;
        operator
            .until("the first download", |status| {
                status.data_at.is_some() && status.link == LinkState::Online
            })
            .await;
        Self {
            central,
            operator,
            _folder: folder,
        }
    }

    async fn draft(&self) -> BookingDraft {
        let row = self.operator.find().await.rows.remove(0);
        self.operator.draft(&row, &nre(1, 1))
    }

    async fn refusal(&self, draft: BookingDraft) -> RpcError {
        match self.operator.ask(Request::Book { draft }).await {
            Ok(_) => panic!("it was booked"),
            Err(error) => error,
        }
    }
}

/// The words of a refusal, which are those of the screens.
fn words(error: &RpcError) -> String {
    let code = serde_json::to_value(error.code).unwrap();
    let id = format!("error-{}", code.as_str().unwrap());
    let params: Vec<(&str, String)> = error
        .params
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    let text = Words::new(Locale::It).get(&id, &params);
    assert_ne!(text, id, "no words for {code}");
    assert!(!text.contains(['{', '$']), "{text}");
    text
}

type Change = fn(&mut BookingDraft);
type Limits<'a> = &'a dyn Fn(&Schedule) -> bool;

#[tokio::test]
async fn every_field_refuses_what_is_wrong_with_it_and_nothing_is_written() {
    let world = World::new().await;
    let cases: [(&str, Change, ErrorCode, &str); 18] = [
        (
            "a wrong check letter",
            |it| it.patient.id = "RSSMRT57D12D612R".to_owned(),
            ErrorCode::PatientIdCheck,
            "id",
        ),
        (
            "a code cut short",
            |it| it.patient.id = "RSSMRA80A01D969".to_owned(),
            ErrorCode::PatientIdLength,
            "id",
        ),
        (
            "a sign in the code",
            |it| it.patient.id = "RSSMRA80A01D9-9Z".to_owned(),
            ErrorCode::PatientIdCharacter,
            "id",
        ),
        ("no code", |it| it.patient.id.clear(), ErrorCode::Required, "id"),
        (
            "no name",
            |it| it.patient.surname = "  ".to_owned(),
            ErrorCode::Required,
            "surname",
        ),
        (
            "another birthday",
            |it| it.patient.birth_date = "1980-01-02".parse().ok(),
            ErrorCode::BirthDate,
            "birth_date",
        ),
        (
            "a lot of 8",
            |it| it.prescription.nre = "0700A8000000001".to_owned(),
            ErrorCode::NreCharacter,
            "nre",
        ),
        (
            "half an NRE",
            |it| it.prescription.nre = "0700A".to_owned(),
            ErrorCode::NreLength,
            "nre",
        ),
        ("no NRE", |it| it.prescription.nre.clear(), ErrorCode::Required, "nre"),
        (
            "an old prescription",
            |it| it.prescription.issued_on = "2026-05-01".parse().ok(),
            ErrorCode::PrescriptionExpired,
            "issued_on",
        ),
        (
            "a prescription of tomorrow",
            |it| it.prescription.issued_on = "2026-11-10".parse().ok(),
            ErrorCode::PrescriptionFuture,
            "issued_on",
        ),
        (
            "a service nobody knows",
            |it| it.prescription.services = vec![ServiceCode::parse("99.99.9").unwrap()],
            ErrorCode::UnknownService,
            "services",
        ),
        (
            "no service",
            |it| it.prescription.services.clear(),
            ErrorCode::NoServices,
            "services",
        ),
        (
            "nine services",
            |it| it.prescription.services = vec![ServiceCode::parse(SERVICE).unwrap(); 9],
            ErrorCode::TooManyServices,
            "services",
        ),
        (
            "a first access without a class",
            |it| it.prescription.access = AccessType::First,
            ErrorCode::ClassMismatch,
            "priority",
        ),
        (
            "a slot in the past",
            |it| it.spans[0].start.0 -= 60 * 24 * 30,
            ErrorCode::PastDate,
            "spans",
        ),
        (
            "a slot between two slots",
            |it| it.spans[0].start.0 += 5,
            ErrorCode::NoSuchSlot,
            "spans",
        ),
        (
            "a schedule nobody knows",
            |it| it.spans[0].schedule = ScheduleId(99_999),
            ErrorCode::NoSuchSlot,
            "spans",
        ),
    ];
    for (name, change, code, field) in cases {
        let mut draft = world.draft().await;
        change(&mut draft);
        let error = world.refusal(draft).await;
        assert_eq!((error.code, error.field.as_deref()), (code, Some(field)), "{name}");
        words(&error);
    }
    for part in [QueuePart::ToResolve, QueuePart::Waiting, QueuePart::Settled] {
        assert!(world.operator.queue(part).await.rows.is_empty());
    }
    assert_eq!(world.central.verify().await.unwrap(), 0);
}

#[tokio::test]
async fn a_window_in_the_past_is_refused_and_one_that_began_there_shows_only_what_is_to_come() {
    let world = World::new().await;
    let mut query = query(SERVICE, AccessType::FollowUp);
    query.from = "2026-01-01".parse().ok();
    let Ok(Reply::Found(found)) = world.operator.ask(Request::Search { query: query.clone() }).await else {
        panic!("not found")
    };
    assert!(!found.rows.is_empty());
    assert!(
        found.rows.iter().all(|row| row.wall.as_str() > "2026-11-09T09:00"),
        "{:?}",
        found.rows[0].wall
    );
    query.to = "2026-11-08".parse().ok();
    let Err(error) = world.operator.ask(Request::Search { query }).await else {
        panic!("found")
    };
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::PastDate, Some("to")));
    words(&error);
}

#[tokio::test]
async fn a_schedule_for_others_is_not_offered_and_refuses_who_asks_for_it_all_the_same() {
    let world = World::new().await;
    let catalogue = world.central.ledger().catalogue(Channel::Mmg).await.unwrap();
    let (birth, today) = ("1980-01-01".parse().unwrap(), "2026-11-09".parse().unwrap());
    assert_eq!(age::years(birth, today), Some(46));
    let for_children = |it: &Schedule| it.ages.max.is_some_and(|max| max < 40) && it.sex.is_none();
    let for_women = |it: &Schedule| it.sex == Some(Sex::F) && it.ages.admit(birth, today);
    let cases: [(Limits, ErrorCode, &str); 2] = [
        (&for_children, ErrorCode::PatientAge, "birth_date"),
        (&for_women, ErrorCode::PatientSex, "sex"),
    ];
    for (of_whom, code, field) in cases {
        let mut tried = 0;
        for schedule in catalogue.schedules.iter().filter(|it| of_whom(it)) {
            for offered in schedule.services.iter().filter(|offered| offered.follow_up) {
                // Without birth date and sex everything is shown.
                let anybody = query(offered.code.as_str(), AccessType::FollowUp);
                let of_schedule = |query: SearchQuery| async {
                    let Ok(Reply::Found(found)) = world.operator.ask(Request::Search { query }).await else {
                        panic!("not found")
                    };
                    let mut rows = found.rows.into_iter();
                    rows.find(|row| row.spans[0].schedule == schedule.id)
                };
                let Some(row) = of_schedule(anybody.clone()).await else {
                    continue;
                };
                let him = SearchQuery {
                    birth_date: Some(birth),
                    sex: Some(Sex::M),
                    ..anybody
                };
                assert!(of_schedule(him).await.is_none(), "it is not offered to him");
                let mut draft = world.operator.draft(&row, &nre(2, 1));
                draft.prescription.services = vec![offered.code.clone()];
                let error = world.refusal(draft).await;
                assert_eq!((error.code, error.field.as_deref()), (code, Some(field)));
                words(&error);
                tried += 1;
            }
        }
        assert!(tried > 0, "no schedule of the region shows {code:?}");
    }
}

#[tokio::test]
async fn a_line_is_booked_once_and_a_taken_place_is_told_as_such() {
    let world = World::new().await;
    let rows = world.operator.find().await.rows;
    let booked = world.operator.book(&rows[0], &nre(3, 1)).await.unwrap();
    let again = world.operator.book(&rows[1], &nre(3, 1)).await.err().unwrap();
    assert_eq!(
        (again.code, again.field.as_deref()),
        (ErrorCode::AlreadyBooked, Some("nre"))
    );
    assert!(
        words(&again).contains(booked.number.as_str()),
        "it is a booking of this desk"
    );
    let taken = world.operator.book(&rows[0], &nre(3, 2)).await.err().unwrap();
    assert_eq!(
        (taken.code, taken.field.as_deref()),
        (ErrorCode::SlotTaken, Some("spans"))
    );
    words(&taken);
    // A row that was looked at before it changed is refused too.
    let stale = world
        .operator
        .cancel(&lanterna_desk::rpc::BookingView { version: 0, ..booked })
        .await;
    assert_eq!(stale.err().unwrap().code, ErrorCode::Stale);
}

#[tokio::test]
async fn the_same_form_sent_again_is_the_booking_it_has_become() {
    let world = World::new().await;
    let draft = world.draft().await;
    let mut numbers = Vec::new();
    for _ in 0..2 {
        let draft = draft.clone();
        let Ok(Reply::Booking(view)) = world.operator.ask(Request::Book { draft }).await else {
            panic!("no booking")
        };
        numbers.push(view.number);
    }
    assert_eq!(numbers[0], numbers[1]);
    assert_eq!(world.central.verify().await.unwrap(), 1);
}

fn query(service: &str, access: AccessType) -> SearchQuery {
    SearchQuery {
        limit: 200,
        ..SearchQuery::of(
            vec![ServiceCode::parse(service).unwrap()],
            (access == AccessType::First).then_some(Priority::P),
            access,
        )
    }
}
