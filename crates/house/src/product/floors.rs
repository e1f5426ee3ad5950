//! Routes are on top: only the root of the crate names them.

use crate::finding::Finding;
use crate::house::House;
use crate::parsed::Parsed;
use crate::rules::{Module, module_path};

pub(super) fn check(house: &House, files: &[Parsed]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| !house.is_route(&file.path)) {
        let Some(path) = module_path("src", &file.path).filter(|path| !path.is_empty()) else { continue };
        let module = Module::of("crate", path, file);
        for import in module.imports {
            if let Some(top @ ("routes" | "api")) = import.path.first().map(String::as_str) {
                let message = format!(
                    "`{top}` is above this file and may not be imported here: move what both need into a module, or take it as an \
                     argument"
                );
                findings.push(Finding::line(&file.path, import.line, message));
            }
        }
    }
    findings
}
