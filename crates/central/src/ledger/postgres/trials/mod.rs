//! What only a ledger with several processes can get wrong, tried on a real server. A pool stands
//! for a process: it shares nothing with another but the database.

mod faults;
mod feed;
mod leases;
mod races;
mod start;

use std::future::Future;
use std::pin::Pin;

use tokio_postgres::{Client, NoTls};

use super::{PostgresLedger, Time};
use crate::ledger::conformance::fixture::World;
use crate::ledger::{Birth, TokenSecret};
use crate::scratch::Scratch;

/// An empty database.
#[derive(Clone)]
pub struct Place(pub String);

/// Something to be tried on an empty database.
pub struct Trial {
    /// Group and sentence.
    pub name: &'static str,
    /// Tries it; panics where it is otherwise.
    pub play: fn(Place) -> Pin<Box<dyn Future<Output = ()>>>,
}

macro_rules! trials {
    ($($group:ident: $($trial:ident),+;)+) => {
        vec![$($(Trial {
            name: concat!(stringify!($group), "::", stringify!($trial)),
            play: |place| Box::pin($group::$trial(place)),
        }),+),+]
    };
}

/// All of them.
#[must_use]
pub fn trials() -> Vec<Trial> {
    trials! {
        races: one_place_wanted_by_several_processes_goes_to_one, one_operation_in_two_processes_executes_once,
            a_quota_of_one_gives_one_booking_whoever_asks, a_booking_is_changed_by_one_operation_at_a_time,
            one_request_for_a_hold_makes_one_hold, several_enrol_at_once_under_different_numbers,
            whatever_several_processes_do_at_once_the_ledger_stays_sound;
        feed: a_polling_reader_sees_every_commit_once_and_in_order, a_snapshot_is_what_the_feed_says_at_its_cursor,
            a_release_and_a_booking_at_once_leave_the_feed_right, what_a_lost_process_left_unnumbered_is_numbered_by_the_next,
            another_process_hears_that_the_head_has_moved;
        leases: one_exchange_in_several_processes_brings_one_stock,
            ceilings_hold_though_several_processes_set_aside_at_once, promises_are_kept_whatever_other_processes_do;
        faults: what_others_keep_locked_is_busy_and_not_stored, a_transaction_that_lost_its_line_leaves_nothing,
            a_crossed_pair_of_transactions_begins_anew, a_claim_cannot_be_doubled_even_behind_the_ledgers_back,
            a_check_finds_what_is_wrong, a_process_that_waits_for_ever_is_not_waited_for;
        start: processes_that_start_at_once_make_one_ledger, a_ledger_is_there_again_after_a_restart,
            a_later_version_is_not_touched, the_databases_time_is_that_of_every_process,
            random_sequences_keep_every_invariant, random_sequences_keep_every_promise;
    }
}

fn birth() -> Birth {
    Birth {
        epoch: [0xab; 16],
        secret: TokenSecret([5; 32]),
    }
}

impl Place {
    /// A process of the central.
    pub async fn process(&self) -> PostgresLedger {
        let settings = Scratch::settings(&self.0).expect("a scratch address");
        PostgresLedger::connect(settings, &birth())
            .await
            .expect("the database is there")
    }

    /// The same database, in a schema of its own.
    fn in_schema(&self, schema: &str) -> Self {
        Self(format!("{}?options=-c%20search_path%3D{schema}", self.0))
    }

    /// One that takes its time from the database.
    async fn timed_process(&self) -> PostgresLedger {
        let mut settings = Scratch::settings(&self.0).expect("a scratch address");
        settings.time = Time::Database;
        PostgresLedger::connect(settings, &birth())
            .await
            .expect("the database is there")
    }

    /// A process with the region of all scenarios.
    async fn world(&self) -> World<PostgresLedger> {
        World::new(self.process().await).await
    }

    /// Somebody at the database who is no central.
    async fn client(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.0, NoTls)
            .await
            .expect("a scratch address");
        tokio::spawn(connection);
        client
    }
}
