//! Reading the time.

use std::time::Duration;

use chrono::Utc;
use lanterna_model::time::Now;

/// Where the present comes from.
pub trait Clock: Send + Sync + 'static {
    /// Both clocks of the machine, read together.
    fn now(&self) -> Now;

    /// How long the machine has to sleep until so much of this clock's time is over. Where time runs
    /// faster, as in a test that does not wait out what an operator would, timers and the patience
    /// with the central run faster with it.
    fn lasting(&self, time: Duration) -> Duration {
        time
    }
}

/// The machine's own clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // a named adapter
    fn now(&self) -> Now {
        Now {
            wall: Utc::now(),
            boot: boot_time(),
            run: run_of_the_machine(),
        }
    }
}

/// Time since the machine was started, suspension included.
#[cfg(target_os = "linux")]
fn boot_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

/// Elsewhere the standard library's monotonic clock, which on Windows and macOS may leave
/// suspension out: the wall clock's high-water mark stands guard there.
#[cfg(not(target_os = "linux"))]
#[allow(clippy::disallowed_methods)] // a named adapter
fn boot_time() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// Names this run of the machine, where the system does.
#[cfg(target_os = "linux")]
fn run_of_the_machine() -> u64 {
    use std::sync::OnceLock;
    static RUN: OnceLock<u64> = OnceLock::new();
    *RUN.get_or_init(|| {
        let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        text.bytes()
            .filter_map(|byte| char::from(byte).to_digit(16))
            .take(16)
            .fold(0, |run, digit| run << 4 | u64::from(digit))
    })
}

/// Elsewhere `boot_time` begins with the program, and so does this.
#[cfg(not(target_os = "linux"))]
#[allow(clippy::disallowed_methods)] // a named adapter
fn run_of_the_machine() -> u64 {
    use std::sync::OnceLock;
    static RUN: OnceLock<u64> = OnceLock::new();
    *RUN.get_or_init(|| u64::try_from(Utc::now().timestamp_micros()).unwrap_or(0))
}
