//! Where things lie. Distances are as the crow flies, and said to be so wherever they are shown.

use serde::{Deserialize, Serialize};

use crate::ids::{CodeError, MunicipalityCode, OrganizationCode};

/// Mean radius of the earth in kilometres (IUGG).
const EARTH_KM: f64 = 6_371.008_8;

/// Degrees, WGS 84.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Coordinates {
    /// North, −90 to 90.
    pub lat: f64,
    /// East, −180 to 180.
    pub lon: f64,
}

impl Coordinates {
    /// Kilometres along the great circle.
    #[must_use]
    pub fn km_to(&self, other: &Coordinates) -> f64 {
        let (lat, other_lat) = (self.lat.to_radians(), other.lat.to_radians());
        let (dlat, dlon) = (other_lat - lat, (other.lon - self.lon).to_radians());
        let chord = (dlat / 2.0).sin().powi(2) + lat.cos() * other_lat.cos() * (dlon / 2.0).sin().powi(2);
        2.0 * EARTH_KM * chord.sqrt().clamp(0.0, 1.0).asin()
    }

    /// The same place as a direction, for measuring many distances.
    #[must_use]
    pub fn direction(&self) -> Direction {
        let (lat, lon) = (self.lat.to_radians(), self.lon.to_radians());
        Direction([lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()])
    }
}

/// A place as it is seen from the middle of the earth: a vector of length 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Direction([f64; 3]);

impl Direction {
    /// Kilometres along the great circle, as [`Coordinates::km_to`] measures them, without its trigonometry.
    #[must_use]
    pub fn km_to(&self, other: &Direction) -> f64 {
        let apart = |axis: usize| (self.0[axis] - other.0[axis]).powi(2);
        let chord = (apart(0) + apart(1) + apart(2)).sqrt();
        2.0 * EARTH_KM * (chord / 2.0).clamp(0.0, 1.0).asin()
    }
}

/// A municipality.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Municipality {
    /// ISTAT code.
    pub code: MunicipalityCode,
    /// Cadastral code, as in the codice fiscale: a letter and three digits.
    pub cadastral: String,
    /// Name.
    pub name: String,
    /// Two letters.
    pub province: String,
    /// Five digits.
    pub postcode: String,
    /// Residents.
    pub population: u32,
    /// Of its centre.
    pub coordinates: Coordinates,
    /// The health authority it belongs to.
    pub authority: OrganizationCode,
}

/// What is wrong with a row of municipalities.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MunicipalityError {
    /// The ISTAT or authority code.
    #[error("column {column}: {source}")]
    Code {
        /// Which column.
        column: &'static str,
        /// What is wrong with it.
        source: CodeError,
    },
    /// The cadastral code is not a letter and three digits.
    #[error("column cadastral_code: not a letter and three digits")]
    Cadastral,
    /// A number that cannot be read or lies outside its bounds.
    #[error("column {column}: not a number within its bounds")]
    Number {
        /// Which column.
        column: &'static str,
    },
    /// The name is empty.
    #[error("column name: empty")]
    Name,
}

/// The columns of a row of municipalities, in the order of the file.
#[derive(Clone, Copy, Debug)]
pub struct MunicipalityRow<'a> {
    /// ISTAT code.
    pub istat: &'a str,
    /// Cadastral code.
    pub cadastral: &'a str,
    /// Name.
    pub name: &'a str,
    /// Province.
    pub province: &'a str,
    /// Postcode.
    pub postcode: &'a str,
    /// Residents.
    pub population: &'a str,
    /// Degrees north.
    pub latitude: &'a str,
    /// Degrees east.
    pub longitude: &'a str,
    /// Authority.
    pub authority: &'a str,
}

impl Municipality {
    /// Reads a row.
    ///
    /// # Errors
    /// [`MunicipalityError`] names the column.
    pub fn parse(row: &MunicipalityRow<'_>) -> Result<Self, MunicipalityError> {
        let degrees = |column, text: &str, most: f64| match text.trim().parse::<f64>() {
            Ok(value) if value.abs() <= most => Ok(value),
            _ => Err(MunicipalityError::Number { column }),
        };
        if row.name.trim().is_empty() {
            return Err(MunicipalityError::Name);
        }
        Ok(Self {
            code: MunicipalityCode::parse(row.istat).map_err(|source| MunicipalityError::Code {
                column: "istat_code",
                source,
            })?,
            cadastral: cadastral(row.cadastral).ok_or(MunicipalityError::Cadastral)?,
            name: row.name.trim().to_owned(),
            province: row.province.trim().to_owned(),
            postcode: row.postcode.trim().to_owned(),
            population: row
                .population
                .trim()
                .parse()
                .map_err(|_| MunicipalityError::Number { column: "population" })?,
            coordinates: Coordinates {
                lat: degrees("latitude", row.latitude, 90.0)?,
                lon: degrees("longitude", row.longitude, 180.0)?,
            },
            authority: OrganizationCode::parse(row.authority).map_err(|source| MunicipalityError::Code {
                column: "asl_code",
                source,
            })?,
        })
    }
}

fn cadastral(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_uppercase();
    let bytes = text.as_bytes();
    (bytes.len() == 4 && bytes[0].is_ascii_uppercase() && bytes[1..].iter().all(u8::is_ascii_digit)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn genoa_and_la_spezia_are_about_eighty_kilometres_apart() {
        let genoa = Coordinates {
            lat: 44.4056,
            lon: 8.9463,
        };
        let spezia = Coordinates {
            lat: 44.1025,
            lon: 9.8241,
        };
        let km = genoa.km_to(&spezia);
        assert!((75.0..82.0).contains(&km), "{km}");
        assert!(genoa.km_to(&genoa).abs() < 1e-9);
        assert!((genoa.direction().km_to(&spezia.direction()) - km).abs() < 1e-9);
    }
}
