//! The table of ready prescriptions.

use lanterna_model::access::Sex::{self, F, M};
use lanterna_model::priority::Priority::{self, B, D, P, U};

use super::Expectation::{self, *};
use crate::demo::people::{Age, Code, Person};

/// One ready prescription, before names and numbers are drawn.
pub(super) struct Case {
    pub(super) title: &'static str,
    pub(super) person: Person,
    /// Codes of the services, parted by blanks.
    pub(super) codes: &'static str,
    /// `None` for a follow-up.
    pub(super) class: Option<Priority>,
    pub(super) issued_days_ago: u64,
    pub(super) exemption: Option<&'static str>,
    pub(super) diagnosis: Option<&'static str>,
    pub(super) expect: Expectation,
}

/// A first access of somebody born in Liguria, prescribed some days ago, without exemption.
const fn first(title: &'static str, codes: &'static str, class: Priority, sex: Sex, years: u32) -> Case {
    Case {
        title,
        person: Person {
            sex,
            age: Age::Years(years),
            code: Code::Tax {
                omocodia: 0,
                abroad: None,
            },
            name: None,
        },
        codes,
        class: Some(class),
        issued_days_ago: 2,
        exemption: None,
        diagnosis: None,
        expect: Fine,
    }
}

/// The same as a follow-up.
const fn follow_up(title: &'static str, codes: &'static str, sex: Sex, years: u32) -> Case {
    let mut case = first(title, codes, P, sex, years);
    case.class = None;
    case
}

impl Case {
    const fn expect(mut self, expect: Expectation) -> Self {
        self.expect = expect;
        self
    }

    const fn issued(mut self, days_ago: u64) -> Self {
        self.issued_days_ago = days_ago;
        self
    }

    const fn exempt(mut self, code: &'static str) -> Self {
        self.exemption = Some(code);
        self
    }

    const fn because(mut self, diagnosis: &'static str) -> Self {
        self.diagnosis = Some(diagnosis);
        self
    }

    const fn named(mut self, surname: &'static str, given_name: &'static str) -> Self {
        self.person.name = Some((surname, given_name));
        self
    }

    const fn code(mut self, code: Code) -> Self {
        self.person.code = code;
        self
    }

    const fn born_in(self, country: &'static str) -> Self {
        self.code(Code::Tax {
            omocodia: 0,
            abroad: Some(country),
        })
    }

    const fn omocode(self, digits: usize) -> Self {
        self.code(Code::Tax {
            omocodia: digits,
            abroad: None,
        })
    }

    const fn days_old(mut self, days: u64) -> Self {
        self.person.age = Age::Days(days);
        self
    }
}

#[rustfmt::skip]
const CASES: [Case; 46] = [
    first("Visita cardiologica, classe D", "89.7A.3", D, F, 67).because("Ipertensione da rivalutare"),
    first("Visita oculistica, classe P", "95.02", P, M, 58),
    first("Ecografia dell'addome completo, classe D", "88.76.1", D, F, 45),
    first("Visita ortopedica, classe D", "89.7B.8", D, M, 39).because("Dolore al ginocchio"),
    first("RM del ginocchio, classe D", "88.94.D", D, M, 33),
    first("Radiografia del torace, classe B", "87.44.1", B, F, 71).because("Tosse persistente"),
    first("Visita dermatologica, classe B", "89.7A.7", B, F, 28).because("Neo da rivalutare"),
    first("Urgente: visita cardiologica, classe U (72 ore)", "89.7A.3", U, M, 62).issued(0).because("Dolore toracico da sforzo"),
    first("Urgente: visita neurologica, classe U (72 ore)", "89.13", U, F, 54).issued(0),
    first("Visita ortopedica, classe B", "89.7B.8", B, F, 61),
    first("Elettrocardiogramma, classe D", "89.52", D, M, 49),
    first("Visita otorinolaringoiatrica, classe P", "89.7B.9", P, F, 36),
    first("Mammografia bilaterale, classe D", "87.37.1", D, F, 52),
    first("Colonscopia, classe P", "45.23", P, M, 56),
    first("Visita psichiatrica, classe D", "94.19.1", D, M, 41),
    follow_up("Controllo: visita cardiologica, senza classe", "89.01.3", M, 70),
    follow_up("Controllo ortopedico dopo il gesso", "89.01.G", F, 24),
    follow_up("Esente 013 (diabete): controllo diabetologico", "89.01.8", M, 66).exempt("013").because("Diabete mellito tipo 2"),
    follow_up("Esente 048 (oncologico): controllo oncologico", "89.01.F", F, 59).exempt("048"),
    first("Esente 048: TC del torace con contrasto, classe D", "87.41.1", D, M, 64).exempt("048"),
    first("Esente E01 (età e reddito): visita urologica, classe D", "89.7C.3", D, M, 74).exempt("E01"),
    first("Esente E01, bambino di 5 anni: visita oculistica, classe D", "95.02", D, M, 5).exempt("E01"),
    first("Gravidanza, esente M20: ecografia morfologica, classe D", "88.78.3", D, F, 31).exempt("M20"),
    first("Due prestazioni: visita cardiologica ed ecocardiogramma, classe D", "89.7A.3 88.72.2", D, F, 63),
    first("Due prestazioni: ecografie del collo e dell'addome superiore, classe P", "88.71.4 88.74.1", P, F, 47),
    first("Tre prestazioni: visita oculistica, OCT e campo visivo, classe P", "95.02 95.03.3 95.05", P, M, 69),
    first("Tre prestazioni: radiografie di colonna e anca, classe D", "87.22 87.24 88.26.2", D, F, 72),
    first("Ricetta scaduta da 20 giorni", "89.7A.3", P, F, 60).issued(200).expect(Expired),
    first("Ricetta scaduta ieri", "89.7B.9", D, M, 44).issued(181).expect(Expired),
    first("Ricetta che scade fra 5 giorni", "88.76.1", P, F, 50).issued(175).expect(ExpiringSoon),
    first("Età non ammessa: colonscopia a 8 anni", "45.23", D, M, 8).expect(WrongAge),
    first("Età non ammessa: ecografia delle anche del neonato a 30 anni", "88.79.2", D, F, 30).expect(WrongAge),
    first("Sesso non ammesso: mammografia a un uomo", "87.37.1", D, M, 55).expect(WrongSex),
    first("Nata all'estero (Romania): visita ginecologica, classe D", "89.26.1", D, F, 38).named("Popescu", "Ioana").born_in("Z129"),
    first("Nato all'estero (Marocco): visita pneumologica, classe D", "89.7C.1", D, M, 43).named("El Amrani", "Youssef").born_in("Z330"),
    first("Omocodia, una cifra: visita fisiatrica, classe P", "89.7B.3", P, F, 48).omocode(1),
    first("Omocodia, tutte le cifre: spirometria, classe D", "89.37.1", D, M, 35).omocode(7),
    first("Codice STP: visita dermatologica, classe D", "89.7A.7", D, M, 27).named("Diallo", "Mamadou").code(Code::Stp),
    first("Codice ENI: visita ginecologica, classe D", "89.26.1", D, F, 29).named("Dimitrova", "Elena").code(Code::Eni),
    first("Neonata di 40 giorni, codice provvisorio: ecografia delle anche, classe D", "88.79.2", D, F, 0).days_old(40).code(Code::Provisional),
    first("Oltre 100 anni: visita cardiologica, classe D", "89.7A.3", D, F, 102).named("Canepa", "Ines"),
    first("Nome lungo con apostrofi e accenti: visita urologica, classe P", "89.7C.3", P, M, 57).named("D'Angelò Dell'Acqua", "Nicolò Maria Sant'Elmo"),
    first("Niente in tempo: polisonnografia, classe D", "89.17", D, M, 51).expect(NothingInTime),
    first("Niente in tempo: visita genetica, classe B", "89.7B.1", B, F, 34).expect(NothingInTime),
    first("Due branche su una ricetta: visita cardiologica ed ecografia", "89.7A.3 88.76.1", D, F, 65).expect(MixedBranches),
    first("Prestazione fuori dal catalogo della regione: esame di laboratorio", "90.27.1", D, M, 46).expect(UnknownService),
];

pub(super) fn cases() -> &'static [Case] {
    &CASES
}
