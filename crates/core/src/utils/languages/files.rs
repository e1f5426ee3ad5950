//! The files with texts: those of the program, and those of an operator.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use fluent_bundle::FluentResource;

use super::built_in::BUILT_IN;
use super::check::Signatures;
use super::product::ProductTexts;
use super::tag::LanguageTag;

/// The maximum size of an operator's file: many times that of a built-in one.
const MAX_BYTES: u64 = 1 << 20;

/// More than any sentence needs.
const MAX_DEPTH: usize = 32;

/// The ending of these files.
const ENDING: &str = ".ftl";

/// One language: the file of the program, that of the product, an operator's file, or several of them.
#[derive(Debug)]
pub(super) struct LanguageFile {
    pub(super) tag: LanguageTag,
    pub(super) built_in: Option<Arc<FluentResource>>,
    /// Its texts replace those of the program.
    pub(super) product: Option<Arc<FluentResource>>,
    /// Its texts replace those of both.
    pub(super) operators: Option<Arc<FluentResource>>,
}

/// All files. They have been checked.
#[derive(Debug)]
pub(crate) struct LanguageFiles {
    pub(super) signatures: Signatures,
    /// English first.
    pub(super) languages: Vec<LanguageFile>,
}

impl LanguageFiles {
    /// The files of the program, those of the product, and those of a folder: `<tag>.ftl` for each language. Names that begin with a dot are
    /// not read.
    ///
    /// # Errors
    /// Every mistake, with its file and line.
    pub(crate) fn read(folder: Option<&Path>, product: ProductTexts) -> Result<Self, Vec<String>> {
        let signatures = product.signatures();
        let mut mistakes = Vec::new();
        let mut of_product = parsed(texts_of(product, &mut mistakes), &signatures, &mut mistakes);
        let mut operators = match folder.map(|folder| in_folder(folder, &mut mistakes)) {
            Some(texts) => parsed(texts, &signatures, &mut mistakes),
            None => BTreeMap::new(),
        };
        let mut languages = Vec::new();
        for (tag, source) in BUILT_IN {
            let built_in = parse(tag, source, &mut mistakes);
            let Some(tag) = LanguageTag::parse(tag) else { continue };
            let (product, operators) = (of_product.remove(tag.as_str()), operators.remove(tag.as_str()));
            languages.push(LanguageFile { tag, built_in, product, operators });
        }
        let more: BTreeSet<String> = of_product.keys().chain(operators.keys()).cloned().collect();
        for name in more {
            let Some(tag) = LanguageTag::parse(&name) else { continue };
            let (product, operators) = (of_product.remove(&name), operators.remove(&name));
            languages.push(LanguageFile { tag, built_in: None, product, operators });
        }
        if mistakes.is_empty() { Ok(Self { signatures, languages }) } else { Err(mistakes) }
    }

    /// The available languages.
    pub(crate) fn tags(&self) -> impl Iterator<Item = &LanguageTag> {
        self.languages.iter().map(|language| &language.tag)
    }
}

/// The texts of a product, as those of a folder.
fn texts_of(product: ProductTexts, mistakes: &mut Vec<String>) -> Vec<(LanguageTag, String, String)> {
    let mut texts: Vec<(LanguageTag, String, String)> = Vec::new();
    for (name, source) in product.0 {
        match LanguageTag::parse(name).filter(|tag| tag.as_str() == *name) {
            Some(tag) if texts.iter().any(|(earlier, _, _)| *earlier == tag) => {
                mistakes.push(format!("the texts of the product in `{name}` are there twice"));
            }
            Some(tag) => {
                let place = format!("the texts of the product in `{name}`");
                texts.push((tag, place, (*source).to_owned()));
            }
            None => mistakes.push(format!(
                "the texts of the product in `{name}`: this is not the tag of a language, like `de` or `pt-BR`"
            )),
        }
    }
    texts
}

/// The texts of a folder: the tag of each, its path, and its content.
fn in_folder(folder: &Path, mistakes: &mut Vec<String>) -> Vec<(LanguageTag, String, String)> {
    let listed = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = match listed {
        Ok(entries) => entries,
        Err(error) => {
            mistakes.push(format!("{} cannot be read ({})", folder.display(), error.kind()));
            return Vec::new();
        }
    };
    let mut texts = Vec::new();
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name());
        let (path, name) = (path.display().to_string(), name.to_string_lossy().into_owned());
        if name.starts_with('.') {
            continue;
        }
        let tag = name.strip_suffix(ENDING).and_then(|stem| Some((LanguageTag::parse(stem)?, stem)));
        match tag {
            Some((tag, stem)) if tag.as_str() == stem => match content(&entry.path()) {
                Ok(text) => texts.push((tag, path, text)),
                Err(problem) => mistakes.push(format!("{path}: {problem}")),
            },
            Some((tag, _)) => mistakes.push(format!("{path}: this file must be named `{tag}{ENDING}`")),
            None => mistakes.push(format!(
                "{path}: this file is not named after the tag of a language, like `de{ENDING}` or `pt-BR{ENDING}`"
            )),
        }
    }
    texts.sort_by(|(_, path, _), (_, other, _)| path.cmp(other));
    texts
}

fn content(path: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("cannot be read ({})", error.kind());
    // Another kind of file might never end, or never begin.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err("is no file".to_owned());
    }
    let mut bytes = Vec::new();
    fs::File::open(path).map_err(failed)?.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err("is larger than 1 MiB".to_owned());
    }
    let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
    if nests_too_deep(&text) {
        return Err(format!("has more than {MAX_DEPTH} open braces within each other"));
    }
    Ok(text)
}

/// The parser calls itself for each open brace: a file must not use up its stack.
fn nests_too_deep(text: &str) -> bool {
    let mut depth = 0_usize;
    text.bytes().any(|byte| {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MAX_DEPTH
    })
}

fn parsed(
    texts: Vec<(LanguageTag, String, String)>,
    signatures: &Signatures,
    mistakes: &mut Vec<String>,
) -> BTreeMap<String, Arc<FluentResource>> {
    let mut files = BTreeMap::new();
    for (tag, path, text) in texts {
        let Some(file) = parse(&path, &text, mistakes) else { continue };
        let broken = signatures.mistakes(&file);
        mistakes.extend(broken.into_iter().map(|(line, problem)| format!("{path}:{line}: {problem}")));
        files.insert(tag.to_string(), file);
    }
    files
}

fn parse(path: &str, text: &str, mistakes: &mut Vec<String>) -> Option<Arc<FluentResource>> {
    match FluentResource::try_new(text.to_owned()) {
        Ok(file) => Some(Arc::new(file)),
        Err((_, errors)) => {
            let line = |at: usize| text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
            mistakes.extend(errors.iter().map(|error| {
                let said = error.kind.to_string();
                format!("{path}:{}: is not Fluent: {}", line(error.pos.start), lower(&said))
            }));
            None
        }
    }
}

/// The message of the parser as the end of a sentence.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
