//! Those who work at the desks while they are killed under them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::{Post, Run};
use crate::chance::Chance;
use crate::desk_process::{Line, Unanswered, booking};

/// What somebody does who has nothing to do.
const IDLE: Duration = Duration::from_millis(40);

/// Refusals that belong to the work: the place went, the row changed meanwhile, the state forbids it.
const USUAL: [&str; 5] = ["slot-taken", "no-such-slot", "hold-refused", "stale", "wrong-state"];

/// What the clerks of a desk were told, to be compared with what is found in the end.
#[derive(Default)]
pub(super) struct Journal(Mutex<Told>);

/// The desk's own words.
#[derive(Default)]
pub(super) struct Told {
    /// Bookings that were accepted: their prescription and the outcomes that were shown of them.
    pub(super) accepted: BTreeMap<String, Accepted>,
    /// Prescriptions of which a booking was refused.
    pub(super) refused: BTreeSet<String>,
    /// What should not have happened.
    pub(super) wrong: Vec<String>,
    drawn: u32,
}

/// A booking that a desk accepted.
pub(super) struct Accepted {
    pub(super) nre: String,
    outcomes: BTreeSet<String>,
}

impl Journal {
    pub(super) fn told(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn wrong(&self, finding: String) {
        self.told().wrong.push(finding);
    }

    /// A prescription that nobody at this desk has had.
    fn prescription(&self, desk: u32) -> String {
        let mut told = self.told();
        told.drawn += 1;
        crate::nre(desk * 10_000, told.drawn)
    }

    /// A booking as the desk shows it: an outcome that was shown once stays.
    fn heard(&self, view: &Value) {
        let ends = ["confirmed", "conflict", "rejected", "needs_operator", "withdrawn"];
        let entries = view["timeline"].as_array().into_iter().flatten();
        let outcomes: BTreeSet<String> = entries
            .filter(|entry| ends.iter().any(|end| entry["what"] == *end))
            .map(Value::to_string)
            .collect();
        let number = text(&view["number"]);
        let mut told = self.told();
        let nre = text(&view["prescription"]["nre"]);
        let accepted = told.accepted.entry(number.clone()).or_insert_with(|| Accepted {
            nre,
            outcomes: BTreeSet::new(),
        });
        let gone = !accepted.outcomes.is_subset(&outcomes);
        accepted.outcomes.extend(outcomes);
        if gone {
            told.wrong.push(format!(
                "booking {number}: an outcome that was shown is gone or another"
            ));
        }
    }

    fn any(&self, chance: &mut Chance) -> Option<String> {
        let numbers: Vec<String> = self.told().accepted.keys().cloned().collect();
        chance.pick(&numbers).cloned()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Works until the end is near.
pub(super) async fn work(run: Arc<Run>, post: Arc<Post>, mut chance: Chance) {
    let mut today = None;
    // A booking whose answer did not come: the same form is sent again until one comes.
    let mut open: Option<(String, Value)> = None;
    while !run.is_ending() {
        let line = post.line.borrow().clone();
        let Some(line) = line else {
            run.pause(IDLE).await;
            continue;
        };
        let clerk = Clerk { post: &post, line };
        let done = match (&today, open.is_some(), chance.below(10)) {
            (None, ..) => clerk.today(&mut today).await,
            (Some(today), true, _) | (Some(today), false, 0..=5) => clerk.book(today, &mut open, &mut chance).await,
            (_, _, 6 | 7) => clerk.change(&mut chance).await,
            _ => clerk.cancel(&mut chance).await,
        };
        match done {
            Ok(()) => {}
            Err(Unanswered::Gone) => run.pause(IDLE).await,
            Err(refused) if USUAL.contains(&refused.code()) => {}
            Err(refused) => post
                .journal
                .wrong(format!("desk {} refuses: {}", post.n, refused.code())),
        }
    }
}

type Done = Result<(), Unanswered>;

struct Clerk<'a> {
    post: &'a Post,
    line: Line,
}

impl Clerk<'_> {
    async fn today(&self, today: &mut Option<String>) -> Done {
        let status = self.line.ask(&json!({ "kind": "status" })).await?;
        *today = status["now"].as_str().map(|now| now[..10].to_owned());
        Ok(())
    }

    async fn book(&self, today: &str, open: &mut Option<(String, Value)>, chance: &mut Chance) -> Done {
        if open.is_none() {
            let offset = u32::try_from(chance.below(20)).unwrap_or(0);
            let rows = self.line.free(offset, 10).await?;
            let Some(spans) = chance.pick(&rows) else {
                return Ok(());
            };
            let hold = if chance.one_in(3) {
                self.hold(spans).await?
            } else {
                None
            };
            let nre = self.post.journal.prescription(self.post.n);
            let form = booking(chance.uuid(), &nre, today, spans, hold.as_deref());
            *open = Some((nre, form));
        }
        let Some((nre, form)) = open.clone() else {
            return Ok(());
        };
        match self.line.ask(&form).await {
            Err(Unanswered::Gone) => Err(Unanswered::Gone),
            answered => {
                *open = None;
                match answered {
                    Ok(view) => self.post.journal.heard(&view),
                    Err(refused) => {
                        self.post.journal.told().refused.insert(nre);
                        return Err(refused);
                    }
                }
                Ok(())
            }
        }
    }

    async fn hold(&self, spans: &Value) -> Result<Option<String>, Unanswered> {
        let held = self
            .line
            .ask(&json!({ "kind": "hold", "spans": spans, "priority": null }))
            .await?;
        Ok(held["hold"].as_str().map(str::to_owned))
    }

    /// Looks at a booking that was accepted: it has to be there.
    async fn look(&self, chance: &mut Chance) -> Result<Option<Value>, Unanswered> {
        let Some(number) = self.post.journal.any(chance) else {
            return Ok(None);
        };
        let view = self.line.ask(&json!({ "kind": "booking", "number": number })).await?;
        self.post.journal.heard(&view);
        Ok(Some(view))
    }

    /// Moves a booking, or settles its conflict with an alternative, or puts it away.
    async fn change(&self, chance: &mut Chance) -> Done {
        let Some(view) = self.look(chance).await? else {
            return Ok(());
        };
        let (number, version) = (&view["number"], &view["version"]);
        let may = |action: &str| {
            view["actions"]
                .as_array()
                .is_some_and(|all| all.iter().any(|it| *it == action))
        };
        let changed = if may("give_up") && chance.one_in(3) {
            let request = json!({ "kind": "give_up", "number": number, "version": version });
            self.line.ask(&request).await?
        } else if may("move") || may("rebook") {
            let request = json!({ "kind": "alternatives", "number": number, "limit": 10 });
            let offers = self.line.ask(&request).await?;
            let Some(offer) = chance.pick(offers.as_array().map_or(&[][..], Vec::as_slice)) else {
                return Ok(());
            };
            let spans = &offer["offer"]["spans"];
            let request = json!({ "kind": "move", "number": number, "spans": spans, "hold": null, "version": version });
            self.line.ask(&request).await?
        } else {
            return Ok(());
        };
        self.post.journal.heard(&changed);
        Ok(())
    }

    async fn cancel(&self, chance: &mut Chance) -> Done {
        let Some(view) = self.look(chance).await? else {
            return Ok(());
        };
        if view["actions"]
            .as_array()
            .is_some_and(|all| all.iter().any(|it| it == "cancel"))
        {
            let request = json!({
                "kind": "cancel", "number": view["number"], "version": view["version"],
                "reason": "Richiesta dell’assistito",
            });
            let cancelled = self.line.ask(&request).await?;
            self.post.journal.heard(&cancelled);
        }
        Ok(())
    }
}
