//! What every backend of [`Ledger`](super::Ledger) must do: one suite, run on each of them.
//!
//! A scenario gets an empty ledger and drives it through the trait alone. A backend runs them all
//! with `conformance_suite!(tests how to make an empty ledger)` inside a test module of its own.

pub(crate) mod booking;
pub(crate) mod chain;
pub(crate) mod desks;
pub(crate) mod fixture;
pub(crate) mod history;
pub(crate) mod holds;
pub(crate) mod leases;
pub(crate) mod leasing;
pub(crate) mod outages;
pub(crate) mod promises;
pub(crate) mod publication;
pub(crate) mod quotas;
pub(crate) mod random;
pub(crate) mod recovery;
pub(crate) mod replay;
pub(crate) mod retelling;
pub(crate) mod rules;
pub(crate) mod stock;

/// A scenario for a backend whose tests need a frame of their own.
#[cfg(feature = "testing")]
pub struct Scenario<L> {
    /// Group and sentence.
    pub name: &'static str,
    /// Plays it on a fresh, empty ledger; panics where that does otherwise.
    pub play: fn(L) -> std::pin::Pin<Box<dyn Future<Output = ()>>>,
}

/// `tests` makes a test of each scenario: what follows is called for a fresh, empty ledger each
/// time. `list` makes values of them, for the ledger that follows.
macro_rules! conformance_suite {
    (tests $make:expr; $($group:ident: $($scenario:ident),+;)+) => {
        $(mod $group {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $scenario() {
                let world = $crate::ledger::conformance::fixture::World::new($make).await;
                $crate::ledger::conformance::$group::$scenario(&world).await;
                world.is_sound().await;
            })+
        })+
    };
    (list $ledger:ty; $($group:ident: $($scenario:ident),+;)+) => {
        vec![$($($crate::ledger::conformance::Scenario::<$ledger> {
            name: concat!(stringify!($group), "::", stringify!($scenario)),
            play: |ledger| Box::pin(async {
                let world = $crate::ledger::conformance::fixture::World::new(ledger).await;
                $crate::ledger::conformance::$group::$scenario(&world).await;
                world.is_sound().await;
            }),
        }),+),+]
    };
    ($form:ident $($for:tt)+) => {
        $crate::ledger::conformance::conformance_suite! { $form $($for)+;
            booking: of_racing_claims_exactly_one_is_confirmed, several_appointments_are_had_all_or_none,
                only_the_exact_slot_is_booked, two_agendas_of_one_doctor_never_overlap,
                a_line_has_one_live_booking_whoever_made_it, racing_bookings_of_one_line_give_one_booking,
                the_hour_that_autumn_repeats_holds_distinct_slots, a_longer_service_takes_slots_in_a_row,
                overlapping_appointments_of_one_booking_are_a_conflict;
            replay: the_same_operation_gets_the_same_answer_word_for_word,
                the_same_id_with_other_bytes_is_refused, racing_copies_of_one_operation_execute_once,
                a_conflict_is_replayed_though_the_place_is_free_again, what_was_acknowledged_is_never_executed_again,
                an_answer_is_dropped_only_once_it_is_acknowledged, what_cannot_be_read_is_rejected_for_good,
                another_version_of_the_body_is_refused_and_not_stored;
            chain: an_operation_waits_for_its_predecessor, a_move_takes_the_new_place_and_frees_the_old,
                a_move_that_fails_keeps_the_old_place, a_move_may_use_its_own_old_place,
                a_move_after_a_conflict_books_the_target, a_cancellation_frees_places_and_lines,
                a_cancelled_booking_stays_cancelled, a_chain_goes_on_after_its_answers_were_dropped,
                no_desk_touches_the_booking_of_another, a_booking_number_is_used_once,
                what_has_begun_is_not_moved_or_cancelled;
            rules: each_rule_has_its_rejection, a_prescription_is_judged_on_the_day_of_the_request,
                a_suspended_schedule_is_closed, a_channel_that_is_not_open_takes_nothing;
            holds: a_hold_keeps_others_out_until_it_expires, a_booking_consumes_its_hold,
                a_hold_of_other_places_is_released_by_the_booking, the_same_request_gets_the_same_hold,
                a_hold_replaces_another, a_released_hold_is_free_at_once, holds_never_enter_the_feed,
                own_holds_stand_in_nobodys_way, expired_holds_are_swept_without_a_word;
            quotas: a_class_has_its_quota_and_no_more, racing_for_the_last_ticket_gives_one_booking,
                a_release_opens_the_rest_to_the_class, a_cancelled_booking_gives_its_ticket_back,
                a_ticket_given_back_by_a_place_that_is_no_longer_published_is_told,
                a_hold_keeps_a_ticket_but_not_in_the_feed, a_follow_up_needs_no_ticket;
            history: a_mirror_fed_by_changes_equals_the_snapshot, cursors_are_gone_or_ahead,
                pages_follow_each_other_without_gap, a_channel_hears_only_of_its_schedules,
                the_other_agenda_of_the_resource_is_told, old_rows_are_dropped_and_their_cursors_gone,
                an_outcome_names_the_change_that_shows_it;
            publication: claimed_places_survive_another_publication, a_changed_session_gets_the_next_revision,
                a_region_that_does_not_fit_together_is_refused_whole, an_installation_cuts_the_history,
                a_suspension_is_a_change_of_the_catalogue, each_channel_has_its_catalogue,
                a_withdrawn_schedule_keeps_its_bookings, background_bookings_are_bookings;
            stock: a_leased_place_is_not_free_and_nothing_else_is_told,
                the_last_free_places_of_a_session_are_set_aside,
                the_same_exchange_gets_the_same_answer_word_for_word, an_exchange_that_comes_late_changes_nothing,
                two_machines_that_count_alike_are_both_fenced, missing_numbers_fence_a_life,
                another_life_of_the_record_gets_none_of_the_leases_before,
                a_surrendered_place_is_free_to_everybody, a_surrender_frees_no_lease_but_its_own,
                terms_are_renewed_and_never_become_shorter,
                a_channel_that_is_not_open_keeps_what_it_has_and_gets_nothing,
                only_channels_of_the_policy_get_places_they_see, ceilings_hold_whatever_desks_ask_for,
                no_grant_takes_what_is_left_to_everybody, no_claim_stands_under_a_lease,
                wants_share_the_stock_by_what_is_booked, a_desk_that_names_nothing_gets_what_beginners_get,
                a_request_beyond_its_bounds_is_refused;
            leases: a_booking_on_a_live_lease_is_confirmed_and_uses_it_up,
                only_a_surrender_or_honour_until_takes_a_place_back,
                a_recalled_place_is_free_once_it_is_surrendered, a_lease_that_was_named_never_returns_to_stock,
                whatever_ends_an_operation_ends_the_leases_it_named, an_operation_that_has_to_wait_keeps_its_leases,
                a_late_push_wins_a_free_place_and_else_needs_a_person,
                a_guaranteed_move_books_its_target_whatever_became_of_the_booking,
                rule_8_a_suspension_leaves_promises_standing_and_displaces_what_comes,
                a_place_that_changed_since_is_given_as_promised,
                a_revoked_desk_keeps_its_promises_and_a_stolen_one_none, a_token_of_a_revoked_desk_opens_nothing,
                rule_10_a_class_quota_is_consumed_at_the_grant, a_lease_covers_its_own_classes_place_and_desk_alone,
                promises_of_an_earlier_life_are_kept, several_places_are_promised_together;
            outages: a_lease_that_nobody_used_is_free_at_honour_until,
                a_silence_of_the_central_gives_leases_their_time_back,
                what_was_not_sent_in_time_after_an_outage_is_over,
                a_restart_however_short_gives_leases_their_time_back, what_was_over_before_an_outage_stays_over,
                nothing_is_over_while_a_channel_is_not_open,
                a_channel_that_stayed_open_ends_its_leases_as_ever;
            recovery: rule_12_a_restored_ledger_gives_nothing_until_every_desk_has_told,
                rule_12_what_was_confirmed_after_the_backup_is_confirmed_again,
                rule_12_an_answer_that_the_ledger_has_wins, rule_12_places_are_taken_for_the_end_of_a_chain_alone,
                rule_12_what_got_no_place_gets_none, rule_12_what_another_desk_may_have_given_back_is_waited_for,
                rule_12_a_later_collision_opens_a_case_and_flips_no_outcome,
                rule_12_a_line_booked_twice_opens_a_case, rule_12_a_lease_holds_on_for_its_desk,
                rule_12_a_desk_goes_on_counting_its_exchanges,
                rule_12_a_lease_that_its_desk_gave_back_yields_to_what_was_confirmed,
                rule_12_no_lease_has_the_number_of_one_that_was_lost,
                rule_12_no_desk_has_the_number_of_one_that_was_lost,
                rule_12_a_desk_that_was_lost_is_taken_in_again_under_its_number, rule_12_leases_are_kept_as_after_an_outage,
                rule_14_what_was_acknowledged_before_is_not_taken_for_answered,
                rule_13_a_fenced_ledger_gives_nothing_until_somebody_has_looked, rule_13_another_life_ends_a_fence;
            retelling: rule_12_nothing_new_of_a_desk_is_done_before_it_has_told,
                rule_12_a_lease_has_the_later_of_its_terms,
                rule_12_a_lease_waits_for_whoever_may_give_its_place_back,
                rule_12_an_older_lease_yields_to_a_later_one, rule_12_nobody_waits_for_a_revoked_desk,
                rule_13_a_ledger_in_recovery_is_fenced_like_any_other,
                rule_14_a_fenced_ledger_takes_no_acknowledgement, rule_4_a_fence_ends_no_outage;
            desks: a_code_makes_one_desk, a_lost_answer_can_be_asked_for_again, tokens_name_their_desks,
                a_channel_obeys_its_state;
        }
    };
}

pub(crate) use conformance_suite;

/// All scenarios.
#[cfg(feature = "testing")]
#[must_use]
pub fn scenarios<L: super::Ledger>() -> Vec<Scenario<L>> {
    conformance_suite!(list L)
}
