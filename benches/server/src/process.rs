//! Programs under measurement: started, watched through `/proc`, and ended.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::Failure;

/// A program that was started. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Running {
    /// Starts a program on a port that was free a moment ago; `prepare` receives the port.
    pub(crate) fn start(
        program: &str,
        folder: &Path,
        prepare: impl FnOnce(&mut Command, u16),
    ) -> Result<Self, Failure> {
        Self::start_at(&beside_us(program)?, folder, prepare)
    }

    /// The same with a program from anywhere.
    pub(crate) fn start_at(
        program: &Path,
        folder: &Path,
        prepare: impl FnOnce(&mut Command, u16),
    ) -> Result<Self, Failure> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(program);
        command.current_dir(folder).env_clear().stdin(Stdio::null());
        let output = |name: &str| std::fs::File::create(folder.join(name));
        // Access lines go to a file, as with a process manager that stores them.
        command.stdout(output("stdout.log")?).stderr(output("stderr.log")?);
        prepare(&mut command, address.port());
        let child = command.spawn().map_err(|error| format!("starting {}: {error}", program.display()))?;
        Ok(Self { child, address })
    }

    /// The process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its resident memory, in MiB (`VmRSS`).
    pub(crate) fn resident(&self) -> Result<f64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes: f64 =
            line.and_then(|line| line.split_whitespace().next()).ok_or("no VmRSS")?.parse()?;
        Ok(kibibytes / 1024.0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The programs are built into the same folder.
pub(crate) fn beside_us(program: &str) -> Result<PathBuf, Failure> {
    let us = std::env::current_exe()?;
    let found = us.with_file_name(program);
    if found.exists() { Ok(found) } else { Err(format!("{} is not built", found.display()).into()) }
}

/// Processor time of a process so far, its own and the kernel's on its behalf.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cpu(Duration);

impl Cpu {
    /// Reads it. The kernel counts in hundredths of a second here.
    pub(crate) fn of(process: u32) -> Result<Self, Failure> {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
        // The name, in parentheses, may contain spaces; utime and stime are the 14th and 15th fields (proc(5)).
        let after_name = stat.rsplit_once(')').ok_or("an odd stat")?.1;
        let ticks = after_name.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
        let ticks: u64 = ticks.collect::<Result<Vec<_>, _>>()?.into_iter().sum();
        Ok(Self(Duration::from_millis(ticks * 10)))
    }

    /// The time since an earlier reading.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// Processor time of the whole machine so far, in ticks: the total, and the part that the host of a virtual machine
/// gave to others while this machine needed it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Host {
    all: u64,
    taken: u64,
}

impl Host {
    /// Reads it. Its fields are `user nice system idle iowait irq softirq steal` (proc(5)).
    pub(crate) fn now() -> Result<Self, Failure> {
        let stat = std::fs::read_to_string("/proc/stat")?;
        let line = stat.lines().next().and_then(|line| line.strip_prefix("cpu ")).ok_or("an odd stat")?;
        let ticks: Vec<u64> = line.split_whitespace().take(8).map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self { all: ticks.iter().sum(), taken: ticks.get(7).copied().unwrap_or(0) })
    }

    /// The share that the host took since an earlier reading.
    pub(crate) fn taken_since(self, earlier: Self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "ticks since the machine was started are far below 2^52"
        )]
        let ticks = |now: u64, before: u64| now.saturating_sub(before) as f64;
        ticks(self.taken, earlier.taken) / ticks(self.all, earlier.all).max(1.0)
    }
}
