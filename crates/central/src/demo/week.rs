//! The days of the region, and on which half-days of a week a schedule works.

use chrono::{Datelike, Days, NaiveDate, NaiveTime};
use lanterna_model::time::Minute;
use lanterna_model::working_days::is_national_holiday;

use super::plan::Placed;
use super::seeded::{Purpose, Seeded};
use super::units::Rhythm;

/// A day on which somebody may work.
pub(super) struct Day {
    pub(super) date: NaiveDate,
    /// Days after the first day of the region.
    pub(super) ahead: u16,
    /// 0 for Monday.
    weekday: usize,
    /// Whether the week is an even one.
    even: bool,
    /// 08:00 and 14:00 on the walls of Italy.
    begins: [Minute; 2],
}

/// The days of the region without Sundays and national holidays.
pub(super) struct Calendar(pub(super) Vec<Day>);

impl Calendar {
    pub(super) fn new(today: NaiveDate, days: u16) -> Self {
        let days = (0..days).filter_map(|ahead| {
            let date = today.checked_add_days(Days::new(u64::from(ahead)))?;
            let weekday = date.weekday().num_days_from_monday() as usize;
            if weekday == 6 || is_national_holiday(date) {
                return None;
            }
            let at = |hour| {
                let wall = date.and_time(NaiveTime::from_hms_opt(hour, 0, 0)?);
                // Clocks change at night: by day every wall time happens once.
                Minute::from_rome(wall).single()
            };
            Some(Day {
                date,
                ahead,
                weekday,
                even: date.iso_week().week() % 2 == 0,
                begins: [at(8)?, at(14)?],
            })
        });
        Self(days.collect())
    }
}

/// Morning or afternoon of a weekday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct HalfDay {
    weekday: usize,
    afternoon: bool,
}

/// When a schedule works.
pub(super) struct Week {
    half_days: Vec<HalfDay>,
    /// Only in even weeks.
    fortnightly: bool,
    /// For morning and afternoon: minutes after 08:00 or 14:00, and length in minutes.
    hours: [(u16, u16); 2],
}

/// How likely 1, 2, … half-days a week are.
const VISITS: [u32; 5] = [24, 36, 24, 10, 6];
const MACHINE: [u32; 8] = [22, 34, 22, 10, 6, 3, 2, 1];

impl Week {
    /// The week of a schedule. Both agendas of a resource draw from the same stream, and share out
    /// the half-days it gives, so that they never meet.
    pub(super) fn new(seed: u64, placed: &Placed) -> Self {
        let mut draw = Seeded::new(seed, Purpose::Week, placed.resource.0 as usize);
        let mut order = shuffled(&mut draw);
        let [own, other] = [0, 0].map(|_| how_many(placed.unit.rhythm, &mut draw));
        let half_days = match placed.unit.rhythm {
            Rhythm::Urgent => (0..6)
                .map(|weekday| HalfDay {
                    weekday,
                    afternoon: false,
                })
                .collect(),
            _ if placed.second => order.split_off(own).into_iter().take(other).collect(),
            rhythm => {
                let mut half_days: Vec<HalfDay> = order.into_iter().take(own).collect();
                if rhythm == Rhythm::Machine && draw.permille(60) {
                    half_days.push(HalfDay {
                        weekday: 5,
                        afternoon: false,
                    });
                }
                half_days
            }
        };
        let fortnightly = placed.unit.rhythm == Rhythm::Visits && !placed.needed && !placed.paired && draw.permille(80);
        let morning = 30 * draw.between(0, 2);
        let afternoon = 30 * draw.between(0, 1);
        let hours = [
            (morning, 300 - morning - 30 * draw.between(0, 4)),
            (afternoon, 240 - afternoon - 30 * draw.between(0, 3)),
        ];
        Self {
            half_days,
            fortnightly,
            hours,
        }
    }

    /// When the sessions of a day begin, and how many minutes they last.
    pub(super) fn sessions(&self, day: &Day) -> impl Iterator<Item = (Minute, u16)> {
        let works = !self.fortnightly || day.even;
        [false, true]
            .into_iter()
            .filter(move |afternoon| {
                let half_day = HalfDay {
                    weekday: day.weekday,
                    afternoon: *afternoon,
                };
                works && self.half_days.contains(&half_day)
            })
            .map(|afternoon| {
                let (after, minutes) = self.hours[usize::from(afternoon)];
                (day.begins[usize::from(afternoon)].plus(i32::from(after)), minutes)
            })
    }
}

fn how_many(rhythm: Rhythm, draw: &mut Seeded) -> usize {
    let likely: &[u32] = match rhythm {
        Rhythm::Visits | Rhythm::Urgent => &VISITS,
        Rhythm::Machine => &MACHINE,
    };
    draw.weighted(likely).map_or(1, |at| at + 1)
}

/// The ten half-days from Monday to Friday in an order of chance, mornings rather early in it.
fn shuffled(draw: &mut Seeded) -> Vec<HalfDay> {
    let mut weights = [7, 3].repeat(5);
    let mut order = Vec::with_capacity(weights.len());
    while let Some(at) = draw.weighted(&weights) {
        weights[at] = 0;
        order.push(HalfDay {
            weekday: at / 2,
            afternoon: at % 2 == 1,
        });
    }
    order
}
