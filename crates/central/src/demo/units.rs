//! The kinds of units that have a schedule: who does what, for whom, where.

use lanterna_model::access::Sex;
use lanterna_model::age::AgeLimits;

use super::sites::Level;

/// How often a unit works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rhythm {
    /// A few half-days a week.
    Visits,
    /// Most of the week, now and then on Saturdays.
    Machine,
    /// Every morning, for urgent classes; its places are kept until the day before.
    Urgent,
}

/// A kind of unit.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    /// Specialty, as in "Équipe di …".
    pub(super) label: &'static str,
    /// What it does there; part of the schedule's name.
    pub(super) title: &'static str,
    /// Services, by their codes.
    pub(super) codes: Vec<&'static str>,
    pub(super) level: Level,
    /// How many of it there are, against the others.
    pub(super) weight: u32,
    pub(super) ages: AgeLimits,
    pub(super) sex: Option<Sex>,
    pub(super) rhythm: Rhythm,
    /// Days without anything free.
    pub(super) full_days: u16,
}

impl Unit {
    /// Whether it takes nobody but children.
    pub(super) fn for_children(&self) -> bool {
        self.ages.max.is_some_and(|max| max < 18)
    }
}

/// A specialty with a first visit and a follow-up.
struct Specialty {
    label: &'static str,
    first: &'static str,
    follow_up: &'static str,
    level: Level,
    weight: u32,
    children: bool,
    urgent: bool,
}

const fn specialty(
    label: &'static str,
    first: &'static str,
    follow_up: &'static str,
    level: Level,
    weight: u32,
) -> Specialty {
    Specialty {
        label,
        first,
        follow_up,
        level,
        weight,
        children: false,
        urgent: false,
    }
}

impl Specialty {
    const fn children(mut self) -> Self {
        self.children = true;
        self
    }

    const fn urgent(mut self) -> Self {
        self.urgent = true;
        self
    }
}

use Level::{Clinic, Hospital, Town, Village};

#[rustfmt::skip]
const SPECIALTIES: [Specialty; 25] = [
    specialty("Cardiologia", "89.7A.3", "89.01.3", Village, 10).children().urgent(),
    specialty("Oculistica", "95.02", "89.01.D", Village, 10).children().urgent(),
    specialty("Dermatologia", "89.7A.7", "89.01.7", Village, 9).children().urgent(),
    specialty("Ortopedia", "89.7B.8", "89.01.G", Village, 8).children().urgent(),
    specialty("Otorinolaringoiatria", "89.7B.9", "89.01.H", Village, 8).children().urgent(),
    specialty("Diabetologia ed endocrinologia", "89.7A.8", "89.01.8", Village, 7).children(),
    specialty("Neurologia", "89.13", "89.01.C", Village, 6).children().urgent(),
    specialty("Ginecologia", "89.26.1", "89.26.2", Village, 6),
    specialty("Urologia", "89.7C.3", "89.01.Q", Village, 5).urgent(),
    specialty("Pneumologia", "89.7C.1", "89.01.L", Town, 5).children().urgent(),
    specialty("Medicina fisica e riabilitativa", "89.7B.3", "89.01.W", Village, 5),
    specialty("Gastroenterologia", "89.7A.9", "89.01.9", Town, 4).children(),
    specialty("Chirurgia generale", "89.7A.4", "89.01.4", Town, 4).urgent(),
    specialty("Ostetricia", "89.26.3", "89.26.4", Village, 4),
    specialty("Oncologia", "89.7B.7", "89.01.F", Clinic, 4),
    specialty("Odontoiatria", "89.7B.6", "89.01.E", Village, 4).children(),
    specialty("Psichiatria", "94.19.1", "94.12.1", Village, 4),
    specialty("Medicina interna e geriatria", "89.7", "89.01", Town, 4).children(),
    specialty("Chirurgia vascolare", "89.7A.6", "89.01.6", Town, 3),
    specialty("Nefrologia", "89.7B.5", "89.01.B", Town, 3),
    specialty("Angiologia", "89.7A.2", "89.01.2", Town, 2),
    specialty("Terapia del dolore", "89.7A.1", "89.01.1", Town, 2),
    specialty("Chirurgia plastica", "89.7A.5", "89.01.5", Clinic, 1),
    specialty("Genetica medica", "89.7B.1", "89.01.Y", Hospital, 1),
    specialty("Radioterapia", "89.7C.2", "89.01.P", Hospital, 1),
];

/// A group of examinations or treatments.
struct Group {
    label: &'static str,
    title: &'static str,
    codes: &'static str,
    level: Level,
    weight: u32,
    min: Option<u8>,
    max: Option<u8>,
    sex: Option<Sex>,
}

const fn group(label: &'static str, title: &'static str, codes: &'static str, level: Level, weight: u32) -> Group {
    Group {
        label,
        title,
        codes,
        level,
        weight,
        min: None,
        max: None,
        sex: None,
    }
}

impl Group {
    const fn aged_from(mut self, min: u8) -> Self {
        self.min = Some(min);
        self
    }

    const fn aged_to(mut self, max: u8) -> Self {
        self.max = Some(max);
        self
    }

    const fn only(mut self, sex: Sex) -> Self {
        self.sex = Some(sex);
        self
    }
}

#[rustfmt::skip]
const GROUPS: [Group; 73] = [
    group("Radiologia", "Ecografia", "88.71.4 88.74.1 88.75.1 88.76.1", Village, 40),
    group("Radiologia", "Radiografia", "87.44.1 88.19 87.22 87.24 88.21.2 88.23.1 88.26.2 88.27.2 88.28.1 88.28.2", Village, 36),
    group("Cardiologia", "Ecocardiografia", "88.72.2 88.72.3", Town, 30),
    group("Chirurgia vascolare", "Ecocolordoppler", "88.73.5 88.77.4", Town, 27),
    group("Radiologia", "Tomografia computerizzata", "87.03 87.41 88.01.5 88.38.C", Clinic, 24),
    group("Radiologia", "TC con contrasto", "87.03.1 87.41.1 88.01.6 88.38.9", Clinic, 24),
    group("Radiologia", "Risonanza magnetica", "88.91.1 88.93.2 88.93.3 88.93.4", Clinic, 24),
    group("Cardiologia", "Elettrocardiografia", "89.52", Village, 24),
    group("Radiologia", "Risonanza articolare", "88.94.4 88.94.B 88.94.D", Clinic, 21),
    group("Radiologia", "Ecografia muscolo-scheletrica", "88.79.1 88.79.3", Town, 21),
    group("Cardiologia", "Holter", "89.50 89.61.1", Village, 18),
    group("Gastroenterologia", "Gastroscopia", "45.13 45.16.1", Clinic, 18).aged_from(18),
    group("Gastroenterologia", "Colonscopia", "45.23 45.24", Clinic, 18).aged_from(18),
    group("Medicina fisica e riabilitativa", "Palestra", "93.11.1", Village, 18),
    group("Neurologia", "Elettromiografia", "93.08.A 93.08.B 93.09.1", Town, 18),
    group("Cardiologia", "Diagnostica cardiologica", "89.52 88.72.2 89.50", Town, 15),
    group("Radiologia", "RM con contrasto", "88.91.2 88.95.5", Hospital, 15),
    group("Radiologia", "Ecografia senologica", "88.73.1", Town, 15).only(Sex::F).aged_from(14),
    group("Radiologia", "Senologia", "87.37.1 88.73.1", Clinic, 15).only(Sex::F).aged_from(18),
    group("Radiologia", "Mammografia", "87.37.1", Town, 15).only(Sex::F).aged_from(18),
    group("Oculistica", "Diagnostica della retina", "95.03.3 95.11 95.13.1", Town, 15),
    group("Ginecologia", "Ecografia ginecologica", "88.78.2", Town, 15).only(Sex::F),
    group("Ostetricia", "Ecografia ostetrica", "88.78 88.78.3", Town, 15).only(Sex::F),
    group("Otorinolaringoiatria", "Audiometria", "95.41.1 95.42", Village, 15),
    group("Pneumologia", "Spirometria", "89.37.1 89.37.4", Village, 15),
    group("Cardiologia", "Prova da sforzo", "89.41", Clinic, 12),
    group("Chirurgia generale", "Medicazioni", "96.59", Village, 12),
    group("Dermatologia", "Dermatoscopia", "89.39.6", Town, 12),
    group("Radiologia", "Panoramica dentale", "87.11.3", Town, 12),
    group("Radiologia", "Densitometria ossea", "88.99.6 88.99.7", Town, 12).aged_from(18),
    group("Neurologia", "Elettroencefalografia", "89.14", Town, 12),
    group("Oculistica", "Campo visivo", "95.05", Village, 12),
    group("Odontoiatria", "Cure dentali", "23.09 96.54.1", Town, 12),
    group("Ortopedia", "Infiltrazioni", "81.92", Town, 12).aged_from(18),
    group("Psicologia", "Colloqui", "94.09", Village, 12),
    group("Chirurgia vascolare", "Ecocolordoppler addominale", "88.76.3 88.73.5", Clinic, 9),
    group("Cardiologia", "Pacemaker", "89.48.1", Hospital, 9),
    group("Dermatologia", "Prove allergiche", "91.90.4", Town, 9),
    group("Medicina nucleare", "Scintigrafia", "92.01.3 92.18.2", Hospital, 9),
    group("Radiologia", "Ecografia urologica", "88.79.6 88.79.8", Town, 9).only(Sex::M).aged_from(15),
    group("Radiologia", "Colonna sotto carico", "87.29 87.24 87.22", Town, 9),
    group("Gastroenterologia", "Test del respiro", "44.19.2", Town, 9),
    group("Medicina fisica e riabilitativa", "Logopedia", "93.11.6", Village, 9),
    group("Neurologia", "Neuropsicologia", "94.01.2", Town, 9),
    group("Oculistica", "Glaucoma", "95.26 95.05 95.13.1", Town, 9),
    group("Oculistica", "Ortottica", "93.02", Village, 9),
    group("Ginecologia", "Colposcopia", "70.21", Town, 9).only(Sex::F),
    group("Otorinolaringoiatria", "Endoscopia", "29.19.1", Clinic, 9),
    group("Otorinolaringoiatria", "Lavaggio auricolare", "96.52", Village, 9),
    group("Pneumologia", "Funzionalità respiratoria", "89.37.2 89.44.2", Clinic, 9),
    group("Urologia", "Uroflussometria", "89.24", Town, 9),
    group("Urologia", "Cistoscopia", "57.32", Clinic, 9).aged_from(18),
    group("Cardiologia", "TC delle coronarie", "87.42.6", Hospital, 6).aged_from(18),
    group("Chirurgia vascolare", "Capillaroscopia", "38.22.1", Clinic, 6),
    group("Medicina nucleare", "PET", "92.18.C", Hospital, 6),
    group("Radiologia", "RM della mammella", "88.92.9", Hospital, 6).only(Sex::F).aged_from(18),
    group("Radiologia", "Anche del neonato", "88.79.2", Clinic, 6).aged_to(0),
    group("Diabetologia ed endocrinologia", "Monitoraggio della glicemia", "99.99.2", Town, 6),
    group("Diabetologia ed endocrinologia", "Educazione terapeutica", "93.82.1", Village, 6),
    group("Medicina fisica e riabilitativa", "Pavimento pelvico", "93.11.9", Town, 6).aged_from(18),
    group("Medicina fisica e riabilitativa", "Riabilitazione respiratoria", "93.18.1", Town, 6),
    group("Medicina fisica e riabilitativa", "Linfodrenaggio", "93.39.2", Town, 6),
    group("Oculistica", "Fluorangiografia", "95.12", Hospital, 6).aged_from(18),
    group("Ginecologia", "Isteroscopia", "68.12.1", Hospital, 6).only(Sex::F).aged_from(18),
    group("Otorinolaringoiatria", "Audiologia infantile", "95.41.4", Town, 6).aged_to(14),
    group("Otorinolaringoiatria", "Audiologia e foniatria", "95.43", Town, 6),
    group("Otorinolaringoiatria", "Vestibologia", "95.44.1", Town, 6),
    group("Neurologia", "Medicina del sonno", "89.17", Hospital, 4),
    group("Radiologia", "TC toraco-addominale", "87.41.1 88.01.6", Hospital, 6),
    group("Radiologia", "Ecografia pediatrica", "88.74.1 88.75.1 88.76.1 88.79.3", Clinic, 5).aged_to(14),
    group("Radiologia", "Radiografia pediatrica", "87.44.1 87.29 88.23.1", Clinic, 4).aged_to(14),
    group("Nefrologia", "Fistola per dialisi", "39.99.5", Hospital, 3),
    group("Pneumologia", "Broncoscopia", "33.22", Hospital, 3).aged_from(18),
];

/// Services that take months everywhere: code, days without anything free. Whoever asks for them in
/// class B or D finds nothing in time.
const SCARCE: [(&str, u16); 3] = [("89.17", 75), ("89.7B.1", 45), ("89.01.Y", 45)];

/// All kinds, the commonest first.
pub(super) fn units() -> Vec<Unit> {
    let mut units = Vec::new();
    for specialty in &SPECIALTIES {
        visits(specialty, &mut units);
    }
    units.extend(GROUPS.iter().map(examinations));
    units.sort_by_key(|unit| std::cmp::Reverse(unit.weight));
    units
}

fn visits(of: &Specialty, units: &mut Vec<Unit>) {
    let women = matches!(of.label, "Ginecologia" | "Ostetricia");
    let unit = |title, codes: &[&'static str], weight| Unit {
        label: of.label,
        title,
        codes: codes.to_vec(),
        level: of.level,
        weight,
        ages: AgeLimits::default(),
        sex: women.then_some(Sex::F),
        rhythm: Rhythm::Visits,
        full_days: scarce(codes),
    };
    units.push(unit("Prime visite", &[of.first], 3 * of.weight));
    units.push(unit("Controlli", &[of.follow_up], 2 * of.weight));
    units.push(unit("Visite", &[of.first, of.follow_up], 2 * of.weight));
    if of.children {
        units.push(Unit {
            ages: AgeLimits {
                min: None,
                max: Some(14),
            },
            level: of.level.max(Town),
            ..unit("Visite pediatriche", &[of.first, of.follow_up], of.weight)
        });
    }
    if of.urgent {
        units.push(Unit {
            rhythm: Rhythm::Urgent,
            level: of.level.max(Town),
            ..unit("Urgenze", &[of.first], of.weight / 2)
        });
    }
}

fn examinations(of: &Group) -> Unit {
    let codes: Vec<&'static str> = of.codes.split(' ').collect();
    Unit {
        label: of.label,
        title: of.title,
        level: of.level,
        weight: of.weight,
        ages: AgeLimits {
            min: of.min,
            max: of.max,
        },
        sex: of.sex,
        rhythm: Rhythm::Machine,
        full_days: scarce(&codes),
        codes,
    }
}

fn scarce(codes: &[&str]) -> u16 {
    SCARCE
        .iter()
        .filter(|(code, _)| codes.contains(code))
        .map(|(_, days)| *days)
        .max()
        .unwrap_or(0)
}
