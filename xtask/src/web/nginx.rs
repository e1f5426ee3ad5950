//! nginx in front of both, as the example describes production, and in front of Next.js alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::servers::Running;
use crate::finding::Failure;
use crate::repository::Repository;

/// The file that the example includes.
const ROUTES: &str = "examples/nextjs/nginx.conf";

/// The ports of all servers on 127.0.0.1.
pub(super) struct Ports {
    /// nginx, with the file of the example: Palisade's paths go to Palisade.
    pub(super) routed: u16,
    /// nginx, in front of a Next.js that forwards Palisade's paths.
    pub(super) before: u16,
    pub(super) palisade: u16,
    /// `gate.mjs` of the drive, through which `next start` reaches Palisade.
    pub(super) gate: u16,
    /// `next start`.
    pub(super) next: u16,
    /// `next dev`, which has the rewrite.
    pub(super) rewriting: u16,
}

/// Starts it; everything it writes goes into this folder.
pub(super) fn start(
    program: &Path,
    repository: &Repository,
    folder: &Path,
    ports: &Ports,
) -> Result<Running, Failure> {
    let configuration = configured(&repository.read(ROUTES)?, folder, ports);
    let file = folder.join("nginx.conf");
    fs::write(&file, configuration).map_err(|error| Failure::io("writing", &file, &error))?;
    let mut nginx = Command::new(program);
    nginx.arg("-p").arg(folder).arg("-c").arg(&file).args(["-e", "stderr"]);
    Running::start(&mut nginx, folder, "nginx")
}

/// A single process, so that ending it ends everything.
fn configured(routes: &str, folder: &Path, ports: &Ports) -> String {
    let Ports { routed, before, palisade, gate: _, next, rewriting } = ports;
    let routes = routes.replace(":8080", &format!(":{palisade}")).replace(":3000", &format!(":{next}"));
    let written: PathBuf = folder.join("nginx");
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = kinds.map(|kind| format!("  {kind}_temp_path {}-{kind};\n", written.display())).concat();
    format!(
        "daemon off; master_process off; error_log stderr; pid {}.pid;
events {{}}
http {{
  access_log off;
{temporary}  server {{
    listen 127.0.0.1:{routed};
{routes}  }}
  server {{
    listen 127.0.0.1:{before};
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header Forwarded \"\";
    location / {{ proxy_pass http://127.0.0.1:{rewriting}; }}
  }}
}}
",
        written.display()
    )
}
