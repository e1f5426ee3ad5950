//! Uploads and downloads that cannot be mounted.

use std::sync::Arc;

use palisade_core::files::FileStore;
use palisade_core::input;
use palisade_core::input::Upload;
use palisade_core::limits::NORMAL;
use palisade_core::routes::{Mount, Route, Routes, get, post};
use palisade_lib::files::FileFolder;

use crate::house::{ANY, Album, FilePath, Files, Names, give, take};

fn mistakes(route: Route<Files>) -> Vec<String> {
    let files = Files { folder: FileFolder::at("nowhere"), names: Names::default() };
    Mount::new().at("", Routes::new().add(route), files).finish().map_or_else(|error| error.0, |_| Vec::new())
}

input! {
    /// A field of a body that nobody reads.
    pub struct InBody {
        body { album: Album }
    }
}

#[test]
fn an_upload_that_contradicts_itself_is_not_mounted() {
    let store = || -> Arc<dyn FileStore> { Arc::new(FileFolder::at("nowhere")) };
    let with =
        |upload| post("/files").limit(NORMAL).session().no_input().uploads(store(), upload).handle(take);
    assert_eq!(mistakes(with(ANY)), [""; 0]);
    for (upload, said) in [
        (Upload::of("", 1), "has a name"),
        (Upload::of("a b", 1), "has a name"),
        (Upload::of("file", 0), "has a byte"),
        (Upload::of("file", 1).within(std::time::Duration::ZERO), "has a byte"),
        (Upload::of("file", 1).types(&["Image/PNG"]), "in lower case"),
        (Upload::of("file", 1).types(&["png"]), "in lower case"),
    ] {
        let mistakes = mistakes(with(upload));
        assert!(mistakes.len() == 1 && mistakes[0].contains(said), "{mistakes:?}");
    }
    let read = get("/files").limit(NORMAL).session().no_input().uploads(store(), ANY).handle(take);
    assert!(mistakes(read)[0].contains("is the body of a POST"));
    let both = post("/files").limit(NORMAL).session().input::<InBody>().uploads(store(), ANY).handle(take);
    assert!(mistakes(both)[0].contains("reads the path and the query only"));
    let posted = post("/files/{id}").limit(NORMAL).session().input::<FilePath>().handle(give);
    assert!(mistakes(posted)[0].contains("is the answer to a GET"));
}
