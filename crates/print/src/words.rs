//! The words of `ui/locales` for paper and command line: the catalogues the screens use.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use serde::{Deserialize, Serialize};
use unic_langid::LanguageIdentifier;

include!(concat!(env!("OUT_DIR"), "/catalogues.rs"));

/// A language of the catalogues.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    /// Italian, the language of the product.
    #[default]
    It,
    /// English.
    En,
}

impl Locale {
    /// Every language.
    pub const ALL: [Locale; 2] = [Locale::It, Locale::En];

    /// Its BCP 47 tag; also the name of its folder.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Locale::It => "it",
            Locale::En => "en",
        }
    }

    fn langid(self) -> LanguageIdentifier {
        // Two letters always parse; "und" would only lose the plural rules.
        self.tag().parse().unwrap_or_default()
    }

    fn catalogues(self) -> &'static [&'static str] {
        match self {
            Locale::It => IT,
            Locale::En => EN,
        }
    }
}

/// The messages of one language.
pub struct Words {
    locale: Locale,
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    /// Reads the catalogues built into the program. Messages that cannot be read are left out (a
    /// test keeps them from being shipped); asking for one of them gives its id.
    #[must_use]
    pub fn new(locale: Locale) -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec![locale.langid()]);
        // The marks around arguments are for mixed writing directions and spoil comparisons.
        bundle.set_use_isolating(false);
        for source in locale.catalogues() {
            let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(readable, _)| readable);
            // A repeated id keeps its first message.
            let _ = bundle.add_resource(resource);
        }
        Self { locale, bundle }
    }

    /// The language.
    #[must_use]
    pub fn locale(&self) -> Locale {
        self.locale
    }

    /// Whether there is a message of this id.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.bundle
            .get_message(id)
            .is_some_and(|message| message.value().is_some())
    }

    /// The message of an id with its arguments filled in; the id itself where there is none. An
    /// argument written like a whole number counts as one in plural selectors.
    #[must_use]
    pub fn get(&self, id: &str, args: &[(&str, String)]) -> String {
        let Some(pattern) = self.bundle.get_message(id).and_then(|message| message.value()) else {
            return id.to_owned();
        };
        let mut values = FluentArgs::with_capacity(args.len());
        for (name, value) in args {
            values.set(*name, number_or_text(value));
        }
        self.bundle
            .format_pattern(pattern, Some(&values), &mut Vec::new())
            .into_owned()
    }
}

/// Codes such as `007` stay text, as do numbers too long to be a count.
fn number_or_text(value: &str) -> FluentValue<'_> {
    match value.parse::<i32>() {
        Ok(number) if number.to_string() == value => FluentValue::from(number),
        _ => FluentValue::from(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_filled_in_without_invisible_marks() {
        let until = [("until", "24/11/2026 alle 18:00".to_owned())];
        assert_eq!(
            Words::new(Locale::It).get("slip-guaranteed", &until),
            "POSTO GARANTITO fino al 24/11/2026 alle 18:00"
        );
        assert_eq!(
            Words::new(Locale::En).get("slip-guaranteed", &until),
            "PLACE GUARANTEED until 24/11/2026 alle 18:00"
        );
    }

    #[test]
    fn an_unknown_id_gives_itself() {
        assert_eq!(Words::new(Locale::It).get("no-such-message", &[]), "no-such-message");
        assert!(!Words::new(Locale::It).has("no-such-message"));
    }

    #[test]
    fn a_missing_argument_is_no_reason_to_fail() {
        assert!(
            Words::new(Locale::It)
                .get("slip-guaranteed", &[])
                .starts_with("POSTO GARANTITO")
        );
    }

    #[test]
    fn codes_that_look_like_numbers_keep_their_zeros() {
        assert!(matches!(number_or_text("12"), FluentValue::Number(_)));
        for text in ["007", "070103", "+3", "3,5", "", "99999999999"] {
            assert!(matches!(number_or_text(text), FluentValue::String(_)), "{text}");
        }
    }
}
