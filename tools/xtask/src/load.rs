//! The verb `load`: an extension is sent to a running kernel over its console, and loaded there.
//!
//! The console is that of the kernel which `run` has started, or a serial port. How an object is sent is `spindle_transfer`'s;
//! here is the line that it goes over, and what the person at it sees.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use spindle_transfer::{Sent, Wire, send};

use crate::{repository, teletype};

/// Options of `./x load`.
#[derive(clap::Args)]
pub(crate) struct Load {
    /// The extension: a signed object, as `build` makes it.
    file: PathBuf,
    /// The domains it may be linked to, separated by commas [default: SpinPublic]
    #[arg(long, value_name = "DOMAIN")]
    with: Option<String>,
    /// How much it may have, such as heap=256K, frames=64, bindings=50, slots=16 or share=20%; may be given again.
    #[arg(long = "quota", value_name = "QUOTA")]
    quotas: Vec<String>,
    /// A board's serial port, instead of the kernel that `run` has started.
    #[arg(long, value_name = "DEVICE")]
    port: Option<PathBuf>,
}

impl Load {
    /// Sends the object and prints what the kernel says to it.
    ///
    /// # Errors
    /// When the object or the console can't be had, the kernel doesn't answer, or it refuses: then in its own words.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let bytes = fs::read(&self.file).with_context(|| format!("can't read {}", self.file.display()))?;
        let name = self.file.file_stem().unwrap_or_default().to_string_lossy();
        let mut wire = match &self.port {
            Some(path) => {
                let port = || teletype::port(path).and_then(|port| Ok((port.try_clone()?, port)));
                let (read, write): (File, File) =
                    port().with_context(|| format!("can't use {} as a serial port", path.display()))?;
                Console::new(read, write)
            }
            None => console(&repository::console())?,
        };
        let bar = bar(bytes.len());
        let sent = Sent { name: &name, bytes: &bytes, with: self.with.as_deref(), quotas: &self.quotas };
        let said = send(&mut wire, &sent, &mut |arrived| bar.set_position(arrived as u64));
        bar.finish_and_clear();
        println!("{}", said?);
        Ok(ExitCode::SUCCESS)
    }
}

fn console(path: &Path) -> Result<Console> {
    let stream = UnixStream::connect(path).with_context(|| {
        format!("nobody is at {}: `./x run` in another terminal, or name a board's --port", path.display())
    })?;
    let read = stream.try_clone().context("can't use the console twice")?;
    Ok(Console::new(read, stream))
}

/// Seen on a terminal only.
fn bar(bytes: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes} {bytes_per_sec}");
    let bar = ProgressBar::new(bytes as u64);
    // The template is sound, and without it there is another.
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

/// A console, with what it says collected by a thread.
struct Console {
    write: Box<dyn Write>,
    read: Receiver<io::Result<Vec<u8>>>,
    start: Instant,
}

impl Console {
    fn new(mut read: impl Read + Send + 'static, write: impl Write + 'static) -> Self {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let came = match read.read(&mut buffer) {
                    Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
                    Ok(count) => Ok(buffer.get(..count).unwrap_or_default().to_vec()),
                    Err(error) => Err(error),
                };
                let is_end = came.is_err();
                if sender.send(came).is_err() || is_end {
                    return;
                }
            }
        });
        Self { write: Box::new(write), read: receiver, start: Instant::now() }
    }
}

impl Wire for Console {
    type Failure = io::Error;

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write.write_all(bytes)?;
        self.write.flush()
    }

    fn read(&mut self, patience: Duration) -> io::Result<Vec<u8>> {
        match self.read.recv_timeout(patience) {
            Ok(came) => came,
            Err(RecvTimeoutError::Timeout) => Ok(Vec::new()),
            Err(RecvTimeoutError::Disconnected) => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}
