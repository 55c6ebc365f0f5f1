//! What the system tells somebody who does not look at the window: an urgent booking lost its place.
//! No name, no service, no number: a notice may be read by whoever passes, and may stay on a locked screen.

use std::path::Path;

use lanterna_desk::rpc::Language;
use lanterna_desk::words::{Locale, Words};

/// The language of the screens of a desk.
pub fn locale(data_dir: &Path) -> Locale {
    match lanterna_desk::preferences(data_dir).language {
        Language::It => Locale::It,
        Language::En => Locale::En,
    }
}

/// Tells that an urgent booking needs a decision. The system may be slow to answer, or have nobody to
/// show it: nobody waits for it, and the screens show the conflict anyway.
pub fn urgent(locale: Locale) {
    let words = Words::new(locale);
    let mut notice = notify_rust::Notification::new();
    notice
        .appname("Lanterna")
        .summary(&words.get("notice-urgent-title", &[]))
        .body(&words.get("notice-urgent-body", &[]));
    #[cfg(all(unix, not(target_os = "macos")))]
    notice.urgency(notify_rust::Urgency::Critical);
    std::thread::spawn(move || {
        if let Err(error) = notice.show() {
            tracing::debug!(%error, "the system shows no notices");
        }
    });
}
