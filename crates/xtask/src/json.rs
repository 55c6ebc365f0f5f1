//! Reading JSON, as much as `cargo metadata` needs.

use std::collections::BTreeMap;

/// A value.
#[derive(Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

impl Json {
    pub fn parse(text: &str) -> Option<Json> {
        let mut rest = text.chars().collect::<Vec<_>>().into_iter().peekable();
        let value = value(&mut rest)?;
        blanks(&mut rest);
        rest.next().is_none().then_some(value)
    }

    pub fn get(&self, name: &str) -> Option<&Json> {
        match self {
            Json::Object(fields) => fields.get(name),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn list(&self) -> &[Json] {
        match self {
            Json::List(values) => values,
            _ => &[],
        }
    }
}

type Rest = std::iter::Peekable<std::vec::IntoIter<char>>;

fn blanks(rest: &mut Rest) {
    while rest.next_if(|c| c.is_whitespace()).is_some() {}
}

fn value(rest: &mut Rest) -> Option<Json> {
    blanks(rest);
    match *rest.peek()? {
        '"' => text(rest).map(Json::Text),
        '[' => {
            rest.next();
            let mut values = Vec::new();
            loop {
                blanks(rest);
                if rest.next_if_eq(&']').is_some() {
                    return Some(Json::List(values));
                }
                rest.next_if_eq(&',');
                blanks(rest);
                if rest.peek() != Some(&']') {
                    values.push(value(rest)?);
                }
            }
        }
        '{' => {
            rest.next();
            let mut fields = BTreeMap::new();
            loop {
                blanks(rest);
                if rest.next_if_eq(&'}').is_some() {
                    return Some(Json::Object(fields));
                }
                rest.next_if_eq(&',');
                blanks(rest);
                let name = text(rest)?;
                blanks(rest);
                rest.next_if_eq(&':')?;
                fields.insert(name, value(rest)?);
            }
        }
        _ => {
            let mut word = String::new();
            while let Some(c) = rest.next_if(|c| c.is_ascii_alphanumeric() || "+-.".contains(*c)) {
                word.push(c);
            }
            match word.as_str() {
                "null" => Some(Json::Null),
                "true" => Some(Json::Bool(true)),
                "false" => Some(Json::Bool(false)),
                number => number.parse().ok().map(Json::Number),
            }
        }
    }
}

fn text(rest: &mut Rest) -> Option<String> {
    rest.next_if_eq(&'"')?;
    let mut text = String::new();
    loop {
        match rest.next()? {
            '"' => return Some(text),
            '\\' => match rest.next()? {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'r' => text.push('\r'),
                'u' => {
                    let digits: String = (0..4).filter_map(|_| rest.next()).collect();
                    text.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?).unwrap_or('\u{fffd}'));
                }
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_values_are_read() {
        let json = Json::parse(r#"{"a": [1, {"b": "x\"\u00e8"}, null], "c": true}"#).unwrap();
        assert_eq!(json.get("a").unwrap().list()[1].get("b").unwrap().text(), Some("x\"è"));
        assert_eq!(Json::parse("{"), None);
    }
}
