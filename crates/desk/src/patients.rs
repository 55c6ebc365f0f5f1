//! The scan field, and what is known of a patient.

use lanterna_model::booking_number::BookingNumber;
use lanterna_model::nre::{Nre, NreError};
use lanterna_model::patient::Patient;
use lanterna_model::patient_id::{PatientId, PatientIdError};
use lanterna_model::tax_code::{TaxCode, TaxCodeError};
use lanterna_model::time::Now;
use lanterna_store::Store;

use crate::catalogue;
use crate::fault::Answered;
use crate::rpc::{ErrorCode, MunicipalityView, PatientCheck, PatientInput, Recognised, RpcError};

/// Longest text the scan field looks at, in characters.
const LONGEST_SCAN: usize = 64;

/// Upper case, without blanks and the control characters that scanners send along.
pub(crate) fn cleaned(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() && !c.is_whitespace())
        .take(LONGEST_SCAN)
        .collect::<String>()
        .to_uppercase()
}

/// What a typed or scanned text is. Looks at shapes first, so that a wrong check letter is told as
/// such and not as an unknown text.
pub(crate) fn recognise(store: &Store, text: &str, now: Now) -> Answered<Recognised> {
    // Code 39 readers may be set to send the start and stop signs along.
    let text = cleaned(text);
    let text = text.trim_matches('*');
    if text.is_empty() {
        return Ok(Recognised::Unknown);
    }
    if let Some(number) = text.strip_prefix("LANTERNA|001|") {
        return Ok(match number.parse() {
            Ok(number) => booking(store, number)?,
            Err(_) => Recognised::Wrong {
                error: ErrorCode::UnknownBooking.into(),
            },
        });
    }
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.len() {
        16 if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) => patient(store, text, now),
        15 if text.as_bytes()[..3].iter().all(u8::is_ascii_digit) => Ok(match Nre::parse(text) {
            Ok(nre) => Recognised::Nre {
                nre: nre.to_string(),
                demo: None,
            },
            Err(error) => Recognised::Wrong {
                error: nre_error(&error),
            },
        }),
        5 if text.as_bytes()[..3].iter().all(u8::is_ascii_digit) => Ok(Recognised::NreHalf {
            first: true,
            text: text.to_owned(),
        }),
        10 if digits => Ok(Recognised::NreHalf {
            first: false,
            text: text.to_owned(),
        }),
        11 if digits => patient(store, text, now),
        11 | 13 => match text.parse::<BookingNumber>() {
            Ok(number) => booking(store, number),
            Err(_) => Ok(Recognised::Unknown),
        },
        _ if PatientId::parse(text).is_ok() => patient(store, text, now),
        _ => Ok(Recognised::Unknown),
    }
}

fn booking(store: &Store, number: BookingNumber) -> Answered<Recognised> {
    let known = store.record().booking(&number)?.is_some();
    Ok(Recognised::Booking { number, known })
}

fn patient(store: &Store, text: &str, now: Now) -> Answered<Recognised> {
    let blank = PatientInput {
        id: text.to_owned(),
        surname: String::new(),
        given_name: String::new(),
        birth_date: None,
        sex: None,
        municipality: None,
        phone: String::new(),
        demonstration: false,
    };
    let check = check(store, &blank, now)?;
    match check.errors.iter().find(|error| error.field.as_deref() == Some("id")) {
        Some(error) => Ok(Recognised::Wrong { error: error.clone() }),
        None => Ok(Recognised::Patient { patient: check }),
    }
}

/// What is known of a patient from the code and from earlier bookings here, and what is wrong with
/// what was typed.
pub(crate) fn check(store: &Store, input: &PatientInput, now: Now) -> Answered<PatientCheck> {
    let today = now.today();
    let text = cleaned(&input.id);
    let mut result = PatientCheck {
        id: text.clone(),
        id_kind: String::new(),
        surname: input.surname.trim().to_owned(),
        given_name: input.given_name.trim().to_owned(),
        birth_date: input.birth_date,
        age: None,
        sex: input.sex,
        municipality: None,
        phone: input.phone.trim().to_owned(),
        birth_place: None,
        errors: Vec::new(),
    };
    match PatientId::parse(&text) {
        Ok(id) => {
            result.id = id.to_string();
            kind(&id).clone_into(&mut result.id_kind);
            if let PatientId::TaxCode(code) = &id {
                from_tax_code(store, code, today, input, &mut result);
            }
            if let Some(known) = store.record().patient(&id)? {
                prefill(&mut result, &known);
            }
        }
        Err(error) => result.errors.push(id_error(&text, &error)),
    }
    let home = input
        .municipality
        .clone()
        .or_else(|| result.municipality.as_ref().map(|home| home.code.clone()));
    result.municipality = home.and_then(|code| catalogue::municipality(store, &code));
    result.age = result
        .birth_date
        .and_then(|birth| lanterna_model::age::years(birth, today))
        .map(|age| age.min(255) as u8);
    if result.birth_date.is_some_and(|birth| birth > today) {
        result.errors.push(RpcError::new(ErrorCode::BirthDate).at("birth_date"));
    }
    for (field, missing) in [
        ("surname", result.surname.is_empty()),
        ("given_name", result.given_name.is_empty()),
        ("birth_date", result.birth_date.is_none()),
        ("sex", result.sex.is_none()),
    ] {
        if missing {
            result.errors.push(RpcError::new(ErrorCode::Required).at(field));
        }
    }
    Ok(result)
}

fn from_tax_code(
    store: &Store,
    code: &TaxCode,
    today: chrono::NaiveDate,
    input: &PatientInput,
    result: &mut PatientCheck,
) {
    let told = code.birth_date(today);
    result.sex = Some(code.sex());
    result.birth_place = catalogue::birth_place(store, &code.cadastral_code());
    match input.birth_date {
        // The code has two digits for the year: whoever is over a hundred says so.
        Some(typed) if !same_but_century(typed, told) => {
            result.errors.push(RpcError::new(ErrorCode::BirthDate).at("birth_date"));
        }
        Some(_) => {}
        None => result.birth_date = Some(told),
    }
}

fn same_but_century(one: chrono::NaiveDate, other: chrono::NaiveDate) -> bool {
    use chrono::Datelike;
    one.day() == other.day()
        && one.month() == other.month()
        && one.year().rem_euclid(100) == other.year().rem_euclid(100)
}

fn prefill(result: &mut PatientCheck, known: &Patient) {
    for (field, value) in [
        (&mut result.surname, &known.surname),
        (&mut result.given_name, &known.given_name),
        (&mut result.phone, &known.phone),
    ] {
        if field.is_empty() {
            field.clone_from(value);
        }
    }
    if result.municipality.is_none() {
        result.municipality = known.municipality.clone().map(|code| MunicipalityView {
            code,
            name: String::new(),
            province: String::new(),
        });
    }
    result.birth_date = result.birth_date.or(Some(known.birth_date));
    result.sex = result.sex.or(Some(known.sex));
}

/// The patient of a booking, or the first thing that is wrong.
pub(crate) fn accepted(store: &Store, input: &PatientInput, now: Now) -> Answered<Patient> {
    let check = check(store, input, now)?;
    if let Some(error) = check.errors.into_iter().next() {
        return Err(error);
    }
    let missing = |field: &str| RpcError::new(ErrorCode::Required).at(field);
    Ok(Patient {
        id: PatientId::parse(&check.id).map_err(|error| id_error(&check.id, &error))?,
        surname: check.surname,
        given_name: check.given_name,
        birth_date: check.birth_date.ok_or_else(|| missing("birth_date"))?,
        sex: check.sex.ok_or_else(|| missing("sex"))?,
        municipality: check.municipality.map(|home| home.code),
        phone: check.phone,
        demonstration: input.demonstration,
    })
}

/// A patient as a form shows it.
pub(crate) fn input(patient: &Patient) -> PatientInput {
    PatientInput {
        id: patient.id.to_string(),
        surname: patient.surname.clone(),
        given_name: patient.given_name.clone(),
        birth_date: Some(patient.birth_date),
        sex: Some(patient.sex),
        municipality: patient.municipality.clone(),
        phone: patient.phone.clone(),
        demonstration: patient.demonstration,
    }
}

fn kind(id: &PatientId) -> &'static str {
    match id {
        PatientId::TaxCode(_) => "tax_code",
        PatientId::Provisional(_) => "provisional",
        PatientId::Stp(_) => "stp",
        PatientId::Eni(_) => "eni",
        PatientId::Team(_) => "team",
    }
}

/// A patient code that cannot be read, as the field tells it.
pub(crate) fn id_error(text: &str, error: &PatientIdError) -> RpcError {
    let error = match error {
        PatientIdError::TaxCode(TaxCodeError::Length { found, .. }) => {
            RpcError::new(ErrorCode::PatientIdLength).with("found", found)
        }
        PatientIdError::TaxCode(TaxCodeError::CheckLetter { expected, .. }) => {
            RpcError::new(ErrorCode::PatientIdCheck).with("expected", expected)
        }
        PatientIdError::TaxCode(TaxCodeError::Character { position, .. }) => {
            RpcError::new(ErrorCode::PatientIdCharacter).with("position", position)
        }
        _ if text.is_empty() => ErrorCode::Required.into(),
        _ => ErrorCode::PatientIdUnknown.into(),
    };
    error.at("id")
}

/// An NRE that cannot be read, as the field tells it.
pub(crate) fn nre_error(error: &NreError) -> RpcError {
    match error {
        NreError::Length { found, .. } => RpcError::new(ErrorCode::NreLength).with("found", found),
        NreError::Character { position, .. } => RpcError::new(ErrorCode::NreCharacter).with("position", position),
    }
    .at("nre")
}
