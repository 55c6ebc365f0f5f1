//! Numbered steps, each with the facts that show it.

use anyhow::Result;

/// Prints steps and counts them.
#[derive(Default)]
pub struct Steps {
    done: u32,
}

impl Steps {
    /// Prints a step that held.
    pub fn held(&mut self, step: &str, facts: &str) {
        self.done += 1;
        println!("{:>2}. ✓ {step}: {facts}", self.done);
    }

    /// Prints the step that failed; the journey ends there.
    pub fn failed(&mut self, step: &str, reason: &anyhow::Error) {
        println!("{:>2}. ✗ {step}: {reason:#}", self.done + 1);
    }

    /// Prints the last line.
    pub fn finish(&self) -> Result<()> {
        println!("Percorso completo: {} passi, 0 errori", self.done);
        Ok(())
    }
}
