//! Lanterna: model.
