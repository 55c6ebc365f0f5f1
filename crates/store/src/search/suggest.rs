//! Finding services, municipalities and sites by what people type.

use lanterna_model::geo::Municipality;
use lanterna_model::location::Location;
use lanterna_model::priority::ServiceKind;
use lanterna_model::service::Service;

use crate::catalogue::CatalogueIndex;

/// How well typed words fit a name; less is better. Every typed word must begin a word of the name.
fn fit(typed: &[String], name: &str) -> Option<u32> {
    let name = folded(name);
    let words: Vec<&str> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let mut at = 0;
    let mut score = 0;
    for wanted in typed {
        // In the order typed if possible; else anywhere, which counts less.
        let ahead = words.iter().skip(at).position(|word| word.starts_with(wanted.as_str()));
        match ahead {
            Some(skipped) => {
                score += u32::try_from(skipped).unwrap_or(100);
                at += skipped + 1;
            }
            None => {
                words.iter().position(|word| word.starts_with(wanted.as_str()))?;
                score += 20;
            }
        }
    }
    // Shorter names fit better: what is typed is a larger part of them.
    Some(score * 100 + u32::try_from(words.len()).unwrap_or(100))
}

fn typed_words(text: &str) -> Vec<String> {
    folded(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

impl CatalogueIndex {
    /// Services by words or by the beginning of their code, best first. Visits come before
    /// examinations, and what many schedules offer before what few do.
    #[must_use]
    pub fn suggest_services(&self, text: &str, limit: usize) -> Vec<&Service> {
        let Some(catalogue) = self.catalogue() else {
            return Vec::new();
        };
        let typed = typed_words(text);
        let code = text.trim().to_ascii_uppercase();
        let mut found: Vec<(u32, bool, usize, &Service)> = catalogue
            .services
            .iter()
            .filter_map(|service| {
                let by_code = !code.is_empty() && service.code.as_str().starts_with(&code);
                let by_words = [&service.name, &service.common_name]
                    .into_iter()
                    .filter_map(|name| fit(&typed, name))
                    .min();
                let score = if by_code {
                    Some(0)
                } else {
                    by_words.filter(|_| !typed.is_empty())
                }?;
                let offers = self.offering(&service.code).len();
                Some((score, service.kind != ServiceKind::Visit, usize::MAX - offers, service))
            })
            .collect();
        found.sort_by(|one, other| (one.0, one.1, one.2, &one.3.name).cmp(&(other.0, other.1, other.2, &other.3.name)));
        found.into_iter().take(limit).map(|(.., service)| service).collect()
    }

    /// Municipalities by the beginning of their words, larger ones first among equals.
    #[must_use]
    pub fn suggest_municipalities(&self, text: &str, limit: usize) -> Vec<&Municipality> {
        let Some(catalogue) = self.catalogue() else {
            return Vec::new();
        };
        let typed = typed_words(text);
        let mut found: Vec<(u32, u32, &Municipality)> = catalogue
            .municipalities
            .iter()
            .filter_map(|place| fit(&typed, &place.name).map(|score| (score / 100, u32::MAX - place.population, place)))
            .collect();
        found.sort_by_key(|(score, people, _)| (*score, *people));
        found.into_iter().take(limit).map(|(.., place)| place).collect()
    }

    /// Sites by words of their name or municipality.
    #[must_use]
    pub fn suggest_locations(&self, text: &str, limit: usize) -> Vec<&Location> {
        let Some(catalogue) = self.catalogue() else {
            return Vec::new();
        };
        let typed = typed_words(text);
        let mut found: Vec<(u32, &Location)> = catalogue
            .locations
            .iter()
            .filter_map(|site| {
                fit(&typed, &format!("{} {}", site.name, site.municipality_name)).map(|score| (score, site))
            })
            .collect();
        found.sort_by(|one, other| (one.0, &one.1.name).cmp(&(other.0, &other.1.name)));
        found.into_iter().take(limit).map(|(_, site)| site).collect()
    }
}
/// Lower case without accents, for comparing words.
#[must_use]
pub fn folded(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'à' | 'á' | 'â' | 'ä' => 'a',
            'è' | 'é' | 'ê' | 'ë' => 'e',
            'ì' | 'í' | 'î' | 'ï' => 'i',
            'ò' | 'ó' | 'ô' | 'ö' => 'o',
            'ù' | 'ú' | 'û' | 'ü' => 'u',
            'ç' => 'c',
            'ñ' => 'n',
            other => other,
        })
        // Accents written as characters of their own.
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .collect()
}
