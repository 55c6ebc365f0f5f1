//! Where the database is, and how it is used.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// How long connections and locks are waited for, unless something else is said.
const WAIT: Duration = Duration::from_secs(5);

/// What a transaction holds to be the present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// The database's clock, read once when the transaction begins: several processes then agree,
    /// whatever their own clocks show.
    Database,
    /// What the caller says: tests, and runs that must come out the same every time.
    Told,
}

/// Where the database is, and how it is used.
#[derive(Clone, Debug)]
pub struct PostgresSettings {
    pub(super) config: Config,
    /// Options that came with the address.
    given: String,
    /// Connections of this process at most; at least two.
    pub connections: usize,
    /// How long a free connection is waited for, and a lock that another transaction has.
    pub wait: Duration,
    /// What a transaction holds to be the present.
    pub time: Time,
}

/// An address that is of no use. Nothing of it is repeated: there may be a password in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It cannot be read.
    #[error("the address of the database cannot be read")]
    Unreadable,
    /// It asks for TLS, which is not spoken to the database.
    #[error("TLS is not spoken to the database: reach it by a socket, on loopback, or over a link that is trusted")]
    Tls,
}

impl PostgresSettings {
    /// Reads an address such as `postgres://lanterna@localhost/cup` or
    /// `host=/run/postgresql dbname=cup`. A transaction that does nothing for ten seconds is ended
    /// by the server, so that a process that froze keeps nobody waiting.
    ///
    /// # Errors
    /// [`UrlError`].
    pub fn parse(address: &str) -> Result<Self, UrlError> {
        let mut config = Config::from_str(address).map_err(|_| UrlError::Unreadable)?;
        if config.get_ssl_mode() == tokio_postgres::config::SslMode::Require {
            return Err(UrlError::Tls);
        }
        if config.get_dbname().is_none() && config.get_user().is_none() {
            return Err(UrlError::Unreadable);
        }
        config.application_name("lanterna-central");
        let settings = Self {
            given: config.get_options().unwrap_or_default().to_owned(),
            config,
            connections: 16,
            wait: WAIT,
            time: Time::Database,
        };
        Ok(settings.waiting(WAIT))
    }

    /// The same with another time to wait for connections and locks.
    #[must_use]
    pub fn waiting(mut self, wait: Duration) -> Self {
        let milliseconds = wait.as_millis();
        self.wait = wait;
        self.config.connect_timeout(wait);
        let given = &self.given;
        // A statement is planned once for each connection. Left alone the server holds a plan for just these
        // arrays to be the cheaper one, again and again, and makes another for every execution.
        self.config.options(format!(
            "-c lock_timeout={milliseconds} -c idle_in_transaction_session_timeout=10000 \
             -c plan_cache_mode=force_generic_plan {given}"
        ));
        self
    }

    /// Whether the way to the database stays on this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        let local =
            |name: &str| name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        let addresses = self.config.get_hostaddrs();
        if !addresses.is_empty() {
            return addresses.iter().all(IpAddr::is_loopback);
        }
        self.config.get_hosts().iter().all(|host| match host {
            Host::Tcp(name) => local(name),
            #[cfg(unix)]
            Host::Unix(_) => true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sockets_and_loopback_stay_on_the_machine() {
        for (address, local) in [
            ("host=/run/postgresql user=lanterna dbname=cup", true),
            ("postgres://lanterna@localhost/cup", true),
            ("postgres://lanterna@127.0.0.1:5433/cup", true),
            ("postgres://lanterna@[::1]/cup", true),
            ("postgres://lanterna@db.example.org/cup", false),
            ("postgres://lanterna@10.0.0.7/cup", false),
            ("host=localhost hostaddr=10.0.0.7 user=lanterna", false),
        ] {
            let settings = PostgresSettings::parse(address).unwrap();
            assert_eq!(settings.is_local(), local, "{address}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_told_without_its_password() {
        for (address, error) in [
            ("postgres://", UrlError::Unreadable),
            ("postgres://u:geheim@h:port/cup", UrlError::Unreadable),
            ("postgres://u:geheim@h/cup?sslmode=require", UrlError::Tls),
        ] {
            let told = PostgresSettings::parse(address).unwrap_err();
            assert_eq!(told, error, "{address}");
            assert!(!told.to_string().contains("geheim"));
        }
    }
}
