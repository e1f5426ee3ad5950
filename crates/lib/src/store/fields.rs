//! A document of an older version during an upgrade: fields by name, before they are a type again.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// One step: converts the fields of version n into those of version n + 1.
pub type Upgrade = fn(&mut Fields) -> Result<(), UpgradeError>;

/// A document that cannot be upgraded. It names the field, never its content.
#[derive(Debug, thiserror::Error)]
#[error("upgrading the field `{field}`: it is of another type")]
pub struct UpgradeError {
    field: String,
}

impl UpgradeError {
    /// A field that an upgrade cannot interpret.
    pub fn new(field: &str) -> Self {
        Self { field: field.to_owned() }
    }

    pub(crate) fn field(&self) -> &str {
        &self.field
    }
}

/// The fields of an older document.
pub struct Fields(Map<String, Value>);

impl std::fmt::Debug for Fields {
    /// Only names: the values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Fields {
    pub(crate) fn new(map: Map<String, Value>) -> Self {
        Self(map)
    }

    pub(crate) fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    /// Removes a field and returns it. `None` if there is none or it is null.
    ///
    /// # Errors
    /// When the field is of another type.
    pub fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, UpgradeError> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_json::from_value(value).map(Some).map_err(|_| UpgradeError::new(name)),
        }
    }

    /// Sets a field.
    ///
    /// # Errors
    /// When the value cannot be written.
    pub fn put<T: Serialize>(&mut self, name: &str, value: T) -> Result<(), UpgradeError> {
        let value = serde_json::to_value(value).map_err(|_| UpgradeError::new(name))?;
        self.0.insert(name.to_owned(), value);
        Ok(())
    }

    /// Renames a field; nothing happens if there is none.
    pub fn rename(&mut self, from: &str, to: &str) {
        if let Some(value) = self.0.remove(from) {
            self.0.insert(to.to_owned(), value);
        }
    }

    /// Drops a field.
    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }
}
