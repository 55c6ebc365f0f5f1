//! Made-up patients. Names come out of short lists of common ones; codes are valid, telephones are
//! nobody's.

use chrono::{Datelike, Days, Months, NaiveDate};
use lanterna_model::access::Sex;
use lanterna_model::geo::Municipality;
use lanterna_model::patient::Patient;
use lanterna_model::patient_id::{PatientId, PatientIdError, check_digit};
use lanterna_model::tax_code::{check_letter, given_name_letters, surname_letters};

use super::files::Files;
use super::seeded::Seeded;

const SURNAMES: [&str; 36] = [
    "Parodi",
    "Canepa",
    "Bruzzone",
    "Traverso",
    "Repetto",
    "Pastorino",
    "Rossi",
    "Ferrari",
    "Bianchi",
    "Russo",
    "Ferrando",
    "Costa",
    "Oliveri",
    "Piccardo",
    "Grasso",
    "Ottonello",
    "Ratto",
    "Dellepiane",
    "Gallo",
    "Barbieri",
    "Marino",
    "Greco",
    "Bruno",
    "Conti",
    "Ricci",
    "Moretti",
    "Lombardi",
    "Caruso",
    "Esposito",
    "Romano",
    "Fontana",
    "Serra",
    "Vitale",
    "Poggi",
    "Bo",
    "Re",
];
const WOMEN: [&str; 22] = [
    "Anna",
    "Maria",
    "Francesca",
    "Giulia",
    "Sara",
    "Laura",
    "Paola",
    "Elena",
    "Chiara",
    "Martina",
    "Silvia",
    "Rosa",
    "Teresa",
    "Giovanna",
    "Lucia",
    "Caterina",
    "Alessandra",
    "Valentina",
    "Carla",
    "Rita",
    "Emma",
    "Ada",
];
const MEN: [&str; 22] = [
    "Marco",
    "Giuseppe",
    "Giovanni",
    "Luca",
    "Andrea",
    "Francesco",
    "Antonio",
    "Paolo",
    "Stefano",
    "Alessandro",
    "Roberto",
    "Matteo",
    "Davide",
    "Carlo",
    "Pietro",
    "Nicolò",
    "Lorenzo",
    "Enrico",
    "Giorgio",
    "Bruno",
    "Ivo",
    "Tommaso",
];
const OMOCODIA: &[u8; 10] = b"LMNPQRSTUV";
/// Positions of the digits of a code from the last one back: omocodia replaces them in this order.
const DIGITS: [usize; 7] = [14, 13, 12, 10, 9, 7, 6];
const MONTHS: &[u8; 12] = b"ABCDEHLMPRST";

/// How old somebody is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Age {
    /// In whole years.
    Years(u32),
    /// In days.
    Days(u64),
}

/// What names a patient.
#[derive(Clone, Copy, Debug)]
pub(super) enum Code {
    /// A codice fiscale with so many digits replaced for omocodia; born in Liguria, or in the
    /// country of a cadastral code.
    Tax {
        omocodia: usize,
        abroad: Option<&'static str>,
    },
    /// Foreigners temporarily present.
    Stp,
    /// European citizens not enrolled.
    Eni,
    /// Before the codice fiscale is given.
    Provisional,
}

/// Who a patient is to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    pub(super) sex: Sex,
    pub(super) age: Age,
    pub(super) code: Code,
    /// Surname and given name, where the lists have none that fits.
    pub(super) name: Option<(&'static str, &'static str)>,
}

/// Makes a patient. The names of the lists make codes that can be read: an error is a slip here,
/// which the tests find.
pub(super) fn patient(
    person: &Person,
    files: &Files,
    today: NaiveDate,
    draw: &mut Seeded,
) -> Result<Patient, PatientIdError> {
    let (surname, given_name) = person.name.unwrap_or_else(|| {
        let given = match person.sex {
            Sex::F => &WOMEN[..],
            Sex::M => &MEN[..],
        };
        (*draw.pick(&SURNAMES), *draw.pick(given))
    });
    let birth_date = born(person.age, today, draw);
    let birthplace = somewhere(&files.municipalities, draw);
    let home = somewhere(&files.municipalities, draw);
    let serial = draw.below(10_000_000);
    let id = match person.code {
        Code::Tax { omocodia, abroad } => {
            let place = abroad.or_else(|| birthplace.map(|place| place.cadastral.as_str()));
            let place = place.unwrap_or("D969");
            tax_code(surname, given_name, birth_date, person.sex, place, omocodia)
        }
        Code::Stp => format!("STP070103{serial:07}"),
        Code::Eni => format!("ENI070103{serial:07}"),
        Code::Provisional => {
            let digits = format!("{:010}", 9_000_000_000_u64 + serial as u64);
            format!("{digits}{}", check_digit(digits.as_bytes()))
        }
    };
    Ok(Patient {
        id: PatientId::parse(&id)?,
        surname: surname.to_owned(),
        given_name: given_name.to_owned(),
        birth_date,
        sex: person.sex,
        municipality: home.map(|place| place.code.clone()),
        phone: format!("010 000 {:04}", draw.below(10_000)),
        demonstration: true,
    })
}

fn born(age: Age, today: NaiveDate, draw: &mut Seeded) -> NaiveDate {
    let (back, days) = match age {
        Age::Years(years) => (Months::new(12 * years), Days::new(draw.below(360) as u64)),
        Age::Days(days) => (Months::new(0), Days::new(days)),
    };
    today
        .checked_sub_months(back)
        .and_then(|day| day.checked_sub_days(days))
        .unwrap_or(today)
}

/// A municipality, the more likely the more people live there.
fn somewhere<'a>(places: &'a [Municipality], draw: &mut Seeded) -> Option<&'a Municipality> {
    let weights: Vec<u32> = places.iter().map(|place| place.population).collect();
    draw.weighted(&weights).map(|at| &places[at])
}

fn tax_code(surname: &str, given_name: &str, birth: NaiveDate, sex: Sex, place: &str, omocodia: usize) -> String {
    let day = birth.day() + if sex == Sex::F { 40 } else { 0 };
    let month = char::from(MONTHS[birth.month0() as usize]);
    let mut code = format!(
        "{}{}{:02}{month}{day:02}{place}",
        surname_letters(surname),
        given_name_letters(given_name),
        birth.year().rem_euclid(100),
    )
    .into_bytes();
    for at in DIGITS.into_iter().take(omocodia) {
        if let Some(digit) = code.get_mut(at).filter(|digit| digit.is_ascii_digit()) {
            *digit = OMOCODIA[usize::from(*digit - b'0')];
        }
    }
    let check = check_letter(&code);
    let mut code: String = code.into_iter().map(char::from).collect();
    code.push(check);
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_vectors() {
        let birth = "1980-01-01".parse().unwrap();
        let code = |omocodia| tax_code("Rossi", "Maria", birth, Sex::M, "D969", omocodia);
        assert_eq!(&code(0)[..15], "RSSMRA80A01D969");
        assert_eq!(code(0), "RSSMRA80A01D969Z");
        assert_eq!(code(1), "RSSMRA80A01D96VO");
    }
}
