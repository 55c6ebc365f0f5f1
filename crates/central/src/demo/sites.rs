//! What a location can do, and how much of the region's work goes to it.

use lanterna_model::ids::BranchCode;
use lanterna_model::location::Location;
use lanterna_model::organization::OrganizationKind;

use super::files::Files;

/// What a unit needs around it; a site of a higher level has what the lower ones have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Any outpatient site.
    Village,
    /// An outpatient site of a town.
    Town,
    /// An accredited clinic with machines.
    Clinic,
    /// A hospital.
    Hospital,
}

/// Residents from which a site is one of a town.
const TOWN: u32 = 12_000;

/// A location as units see it.
pub(super) struct Site {
    level: Level,
    weight: u32,
    /// The only branches there; all where empty.
    branches: &'static [u8],
    /// Only for children.
    children: bool,
}

impl Site {
    /// How much of a unit's work goes here; 0 when it has no place here.
    pub(super) fn weight(&self, needs: Level, branch: BranchCode, for_children: bool) -> u32 {
        let fits = self.level >= needs
            && (self.branches.is_empty() || self.branches.contains(&branch.0))
            && (!self.children || for_children);
        match (fits, self.children) {
            (false, _) => 0,
            (true, true) => 12 * self.weight,
            (true, false) => self.weight,
        }
    }
}

/// All locations of the files. The weight of one grows with the square root of its part of the
/// municipality's residents: populous places get more, small ones something.
pub(super) fn sites(files: &Files) -> Vec<Site> {
    files.locations.iter().map(|location| site(location, files)).collect()
}

fn site(location: &Location, files: &Files) -> Site {
    let residents = files
        .municipality(&location.municipality)
        .map_or(0, |place| place.population);
    let accredited = files
        .organizations
        .iter()
        .any(|body| body.code == location.organization && body.kind == OrganizationKind::Accredited);
    let there = files
        .locations
        .iter()
        .filter(|other| other.municipality == location.municipality);
    let each = residents / u32::try_from(there.count()).unwrap_or(1).max(1);
    // Ours begin with a letter, the ministry's are digits.
    let outpatient = location.code.starts_with('P');
    let (level, share) = match (outpatient, accredited) {
        (true, _) if residents < TOWN => (Level::Village, 2),
        (true, _) => (Level::Town, 2),
        (false, true) => (Level::Clinic, 2),
        (false, false) => (Level::Hospital, 7),
    };
    let children = location.code == "070940";
    let branches: &[u8] = match location.code.as_str() {
        "070114" | "070960" => &[2, 12, 15, 22],
        "070074" => &[2, 5],
        "070069" => &[2, 5, 19],
        _ => &[],
    };
    Site {
        level,
        weight: share * each.isqrt(),
        branches,
        children,
    }
}
