//! Whether a product is still what its inputs make: a small text file beside it that lists the inputs as they were.
//!
//! Sources count by content. Products of cargo count by time and length, because they are large and cargo replaces the
//! file when it changes. The tool itself is an input of everything. Knows nothing of what the inputs mean.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result};

use crate::digest::Digest;

/// The inputs of one product.
pub struct Stamp {
    path: PathBuf,
    /// By name, because cargo tells of its products in the order in which it happens to look at them.
    inputs: BTreeMap<String, String>,
}

impl Stamp {
    /// For the product at `product`; the stamp lies beside it, with `.stamp` behind its name.
    ///
    /// # Errors
    /// When the tool's own program can't be looked at.
    pub fn new(product: &Path) -> Result<Self> {
        let mut name = product.file_name().unwrap_or_default().to_owned();
        name.push(".stamp");
        let mut stamp = Self { path: product.with_file_name(name), inputs: BTreeMap::new() };
        stamp.built(&std::env::current_exe()?)?;
        Ok(stamp)
    }

    /// Adds a value.
    pub fn value(&mut self, name: &str, value: &str) {
        self.inputs.insert(name.to_owned(), value.to_owned());
    }

    /// Adds a file that was built: by time and length.
    ///
    /// # Errors
    /// When it can't be looked at.
    pub fn built(&mut self, path: &Path) -> Result<()> {
        let found = fs::metadata(path).with_context(|| format!("can't look at {}", path.display()))?;
        let time_ns = found.modified()?.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos());
        self.value(&path.display().to_string(), &format!("{} bytes, {time_ns} ns", found.len()));
        Ok(())
    }

    /// Adds a file that somebody wrote: by content. One that isn't there counts as such.
    ///
    /// # Errors
    /// When it is there and can't be read.
    pub fn written(&mut self, path: &Path) -> Result<()> {
        let content = match fs::read(path) {
            Ok(bytes) => Digest::of(&bytes).to_string(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => "absent".to_owned(),
            Err(error) => return Err(error).with_context(|| format!("can't read {}", path.display())),
        };
        self.value(&path.display().to_string(), &content);
        Ok(())
    }

    fn text(&self) -> String {
        self.inputs.iter().map(|(name, value)| format!("{name} = {value:?}\n")).collect()
    }

    /// Whether every one of `products` is there and was made of exactly these inputs.
    pub fn is_current(&self, products: &[&Path]) -> bool {
        products.iter().all(|product| product.exists())
            && fs::read_to_string(&self.path).is_ok_and(|found| found == self.text())
    }

    /// Says that the product was made of these inputs. Called when it is complete, never before.
    ///
    /// # Errors
    /// When the stamp can't be written.
    pub fn write(&self) -> Result<()> {
        fs::write(&self.path, self.text()).with_context(|| format!("can't write {}", self.path.display()))
    }

    /// Says that the product is being made anew: whatever ends the making early leaves no stamp that praises half of it.
    ///
    /// # Errors
    /// When an old stamp can't be removed.
    pub fn clear(&self) -> Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Stamp;

    #[test]
    fn the_order_of_inputs_is_no_input() {
        let product = std::env::temp_dir().join(format!("spindle-stamp-{}", std::process::id()));
        let of = |inputs: &[(&str, &str)]| {
            let mut stamp = Stamp::new(&product).unwrap();
            inputs.iter().for_each(|(name, value)| stamp.value(name, value));
            stamp
        };
        std::fs::write(&product, "made").unwrap();
        of(&[("a", "1"), ("b", "2")]).write().unwrap();
        assert!(of(&[("b", "2"), ("a", "1")]).is_current(&[&product]));
        assert!(!of(&[("a", "1"), ("b", "3")]).is_current(&[&product]));
        assert!(!of(&[("a", "1")]).is_current(&[&product]));
        assert!(!of(&[("a", "1"), ("b", "2")]).is_current(&[&product.join("missing")]));
        of(&[]).clear().unwrap();
        assert!(!of(&[("a", "1"), ("b", "2")]).is_current(&[&product]));
        std::fs::remove_file(&product).unwrap();
    }
}
