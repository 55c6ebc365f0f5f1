//! How a desk comes to be.

use chrono::Duration;
use lanterna_model::access::Channel;
use lanterna_model::booking_number::DeskCode;
use lanterna_wire::status::ServiceState;

use super::fixture::*;
use crate::ledger::{EnrolError, Ledger, SecretHash, derive_token};

const CODE: SecretHash = [7; 32];
const TOKEN: SecretHash = [8; 32];

pub(crate) async fn a_code_makes_one_desk<L: Ledger>(world: &World<L>) {
    let expires = world.now + Duration::hours(1);
    world
        .ledger
        .add_enrolment_code(&CODE, Channel::Mmg, expires)
        .await
        .expect("a fresh code");
    let enrol = async |code: &SecretHash, now| world.ledger.enrol(code, world.uuid(), &TOKEN, now).await;
    assert!(matches!(enrol(&[9; 32], world.now).await, Err(EnrolError::Refused)));
    assert!(matches!(enrol(&CODE, expires).await, Err(EnrolError::Refused)));
    let desk = enrol(&CODE, world.now).await.expect("the code is good");
    assert_eq!((desk.channel, &desk.code), (Channel::Mmg, &DeskCode::of(desk.id.0)));
    assert!(matches!(enrol(&CODE, world.now).await, Err(EnrolError::Refused)));
}

pub(crate) async fn a_lost_answer_can_be_asked_for_again<L: Ledger>(world: &World<L>) {
    let expires = world.now + Duration::hours(1);
    world
        .ledger
        .add_enrolment_code(&CODE, Channel::Mmg, expires)
        .await
        .expect("a fresh code");
    let request = world.uuid();
    let secret = world.ledger.token_secret().await.expect("the ledger works");
    let token = derive_token(&secret, "CODE", request);
    let desk = world
        .ledger
        .enrol(&CODE, request, &TOKEN, world.now)
        .await
        .expect("the code is good");
    let late = expires + Duration::days(1);
    assert_eq!(
        world
            .ledger
            .enrol(&CODE, request, &TOKEN, late)
            .await
            .expect("the same request"),
        desk
    );
    assert_eq!(
        derive_token(&world.ledger.token_secret().await.expect("it works"), "CODE", request),
        token
    );
}

pub(crate) async fn tokens_name_their_desks<L: Ledger>(world: &World<L>) {
    let (one, two) = (world.mmg().await, world.desk(Channel::Web).await);
    assert_ne!(one.desk.code, two.desk.code);
    assert_eq!(
        world.ledger.desk_by_token(&[0; 32]).await.expect("the ledger works"),
        None
    );
    let expires = world.now + Duration::hours(1);
    world
        .ledger
        .add_enrolment_code(&CODE, Channel::Web, expires)
        .await
        .expect("a fresh code");
    let desk = world
        .ledger
        .enrol(&CODE, world.uuid(), &TOKEN, world.now)
        .await
        .expect("the code is good");
    assert_eq!(
        world.ledger.desk_by_token(&TOKEN).await.expect("the ledger works"),
        Some(desk)
    );
}

pub(crate) async fn a_channel_obeys_its_state<L: Ledger>(world: &World<L>) {
    let state = async |channel| world.ledger.service_state(channel).await.expect("the ledger works");
    assert_eq!(state(Channel::Web).await, ServiceState::Open);
    for said in [
        ServiceState::Frozen,
        ServiceState::Closed,
        ServiceState::ReadOnly,
        ServiceState::Open,
    ] {
        world
            .ledger
            .set_service_state(Channel::Web, said, world.now)
            .await
            .expect("the ledger works");
        assert_eq!(state(Channel::Web).await, said);
        assert_eq!(world.ledger.status(Channel::Web).await.expect("it works").service, said);
        assert_eq!(state(Channel::Mmg).await, ServiceState::Open);
    }
}
