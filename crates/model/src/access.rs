//! Who may book what through which door.

use serde::{Deserialize, Serialize};

/// First access to a problem (code 1 on the prescription) or follow-up (code 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum AccessType {
    /// First access: carries a priority class.
    First,
    /// Follow-up: carries none.
    FollowUp,
}

/// Sex as written in the codice fiscale, the only use made of it: the limits of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum Sex {
    /// Female.
    F,
    /// Male.
    M,
}

/// Who pays: the health service, the private practice inside a hospital, or the patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Regime {
    /// Servizio sanitario nazionale.
    Ssn,
    /// Attività libero-professionale intramuraria.
    Alpi,
    /// Private.
    Private,
}

/// The door a booking comes through. Visibility of schedules is told per channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A counter of a health authority.
    Desk,
    /// The regional call centre.
    CallCentre,
    /// A pharmacy.
    Pharmacy,
    /// A family doctor or paediatrician.
    Mmg,
    /// A specialist clinic or accredited facility.
    Specialist,
    /// The citizen on the web.
    Web,
}

impl Channel {
    /// All channels, in the order of their bits.
    pub const ALL: [Channel; 6] = [
        Channel::Desk,
        Channel::CallCentre,
        Channel::Pharmacy,
        Channel::Mmg,
        Channel::Specialist,
        Channel::Web,
    ];

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Channel::Desk => "desk",
            Channel::CallCentre => "call_centre",
            Channel::Pharmacy => "pharmacy",
            Channel::Mmg => "mmg",
            Channel::Specialist => "specialist",
            Channel::Web => "web",
        }
    }

    /// The channel of a name, if there is one.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }
}

/// A set of channels, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(type = "number"))]
#[serde(transparent)]
pub struct Channels(pub u8);

impl Channels {
    /// Every channel.
    pub const ALL: Channels = Channels(0b0011_1111);

    /// Whether a channel is in the set.
    #[must_use]
    pub fn contains(self, channel: Channel) -> bool {
        self.0 & (1 << channel as u8) != 0
    }

    /// The set with one more channel.
    #[must_use]
    pub fn with(self, channel: Channel) -> Self {
        Self(self.0 | 1 << channel as u8)
    }
}

impl FromIterator<Channel> for Channels {
    fn from_iter<I: IntoIterator<Item = Channel>>(channels: I) -> Self {
        channels.into_iter().fold(Self::default(), Self::with)
    }
}
