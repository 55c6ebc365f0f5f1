//! Every parser against every text: an error, never a panic.

use lanterna_model::access::Channel;
use lanterna_model::booking_number::{BookingNumber, CancellationCode, DeskCode};
use lanterna_model::geo::{Municipality, MunicipalityRow};
use lanterna_model::ids::{MunicipalityCode, OrganizationCode, ServiceCode};
use lanterna_model::nre::Nre;
use lanterna_model::patient_id::PatientId;
use lanterna_model::tax_code::TaxCode;
use proptest::prelude::*;

/// Any text at all, and texts that look right but for a few characters.
fn text() -> impl Strategy<Value = String> {
    let right = prop_oneof![
        Just("RSSMRA80A01D969Z"),
        Just("0700A4000000123"),
        Just("STP0701030000001"),
        Just("89.7A.3"),
        Just("0003000HQ"),
        Just("010025"),
    ];
    let spoilt = (right, any::<prop::sample::Index>(), any::<char>()).prop_map(|(text, at, with)| {
        let at = at.index(text.len());
        let chars = text.chars().enumerate().map(|(n, c)| if n == at { with } else { c });
        chars.collect()
    });
    prop_oneof![any::<String>(), "(?s).{0,40}", "[0-9A-Za-z. -]{0,20}", spoilt]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_text_makes_a_parser_panic_and_what_one_reads_it_reads_again(text in text()) {
        macro_rules! read {
            ($($kind:ty),+) => {$(
                if let Ok(value) = text.parse::<$kind>() {
                    prop_assert_eq!(value.to_string().parse::<$kind>().ok(), Some(value));
                }
            )+};
        }
        read!(TaxCode, PatientId, Nre, BookingNumber, CancellationCode, DeskCode, ServiceCode, OrganizationCode,
            MunicipalityCode);
        prop_assert!(Channel::from_name(&text).is_none_or(|channel| channel.name() == text));
    }

    #[test]
    fn no_row_of_a_municipality_makes_its_parser_panic(fields in prop::array::uniform9(text())) {
        let [istat, cadastral, name, province, postcode, population, latitude, longitude, authority] = &fields;
        let _ = Municipality::parse(&MunicipalityRow {
            istat, cadastral, name, province, postcode, population, latitude, longitude, authority,
        });
    }
}
