//! What every backend of [`Ledger`](super::Ledger) must do: one suite, run on each of them.
//!
//! A scenario gets an empty ledger and drives it through the trait alone. A backend runs them all
//! with `conformance_suite!(how to make an empty ledger)` inside a test module of its own.

pub(crate) mod booking;
pub(crate) mod chain;
pub(crate) mod desks;
pub(crate) mod fixture;
pub(crate) mod history;
pub(crate) mod holds;
pub(crate) mod publication;
pub(crate) mod quotas;
pub(crate) mod random;
pub(crate) mod replay;
pub(crate) mod rules;

/// Makes a test of each scenario. `$make` is called for a fresh, empty ledger each time.
macro_rules! conformance_suite {
    ($make:expr; $($group:ident: $($scenario:ident),+;)+) => {
        $(mod $group {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $scenario() {
                let world = $crate::ledger::conformance::fixture::World::new($make).await;
                $crate::ledger::conformance::$group::$scenario(&world).await;
                world.is_sound().await;
            })+
        })+
    };
    ($make:expr) => {
        $crate::ledger::conformance::conformance_suite! { $make;
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
                a_hold_keeps_a_ticket_but_not_in_the_feed, a_follow_up_needs_no_ticket;
            history: a_mirror_fed_by_changes_equals_the_snapshot, cursors_are_gone_or_ahead,
                pages_follow_each_other_without_gap, a_channel_hears_only_of_its_schedules,
                the_other_agenda_of_the_resource_is_told, old_rows_are_dropped_and_their_cursors_gone,
                an_outcome_names_the_change_that_shows_it;
            publication: claimed_places_survive_another_publication, a_changed_session_gets_the_next_revision,
                a_region_that_does_not_fit_together_is_refused_whole, an_installation_cuts_the_history,
                a_suspension_is_a_change_of_the_catalogue, each_channel_has_its_catalogue,
                a_withdrawn_schedule_keeps_its_bookings, background_bookings_are_bookings;
            desks: a_code_makes_one_desk, a_lost_answer_can_be_asked_for_again, tokens_name_their_desks,
                a_channel_obeys_its_state;
        }
    };
}

pub(crate) use conformance_suite;
