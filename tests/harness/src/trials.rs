//! Cases run as a test binary would run its tests: a line each, failures with their transcript, the usual closing line.

use std::path::{Path, PathBuf};
use std::{fs, io};

use libtest_mimic::{Arguments, Conclusion, Failed, Trial};

use crate::cases::{Archive, Case, Image};
use crate::judge::judge;
use crate::qemu::{self, Boot, Serial};
use crate::session::{self, Record, SEND, Script};

/// How many machines run side by side: each may have more cores than the host.
const SIDE_BY_SIDE: usize = 2;
/// Stands for the folder of products in a case's commands.
const PRODUCTS: &str = "OUT/";
/// How much of a transcript a failure shows.
const LAST_LINES: usize = 60;

/// What the cases boot.
#[derive(Debug, Clone)]
pub struct Images {
    /// The kernel.
    pub kernel: PathBuf,
    /// The test kernel.
    pub tests: PathBuf,
    /// The kernel that asks whether rules are kept.
    pub checked: PathBuf,
    /// The kernel with a monitor above it.
    pub monitored: PathBuf,
    /// The boot archive.
    pub archive: PathBuf,
    /// The archive of the tests.
    pub test_archive: PathBuf,
    /// The folder that objects to be sent are named from.
    pub products: PathBuf,
}

/// Runs those cases whose full name contains the filter, and prints how they went.
pub fn run(cases: Vec<Case>, images: &Images, filter: Option<&str>) -> Conclusion {
    let arguments = Arguments {
        test_threads: Some(SIDE_BY_SIDE),
        filter: filter.map(str::to_owned),
        ..Arguments::default()
    };
    let trials = cases.into_iter().map(|case| trial(case, images.clone())).collect();
    libtest_mimic::run(&arguments, trials)
}

fn trial(case: Case, images: Images) -> Trial {
    Trial::test(case.full_name(), move || passes(&case, &images))
}

fn passes(case: &Case, images: &Images) -> Result<(), Failed> {
    let folder = images.products.join("cases");
    fs::create_dir_all(&folder)?;
    let file = |suffix: &str| folder.join(format!("{}.{suffix}", case.full_name()));
    let tree = case.tree.make(&case.machine, &file("dtb"))?;
    let boot = Boot {
        image: match case.image {
            Image::Kernel => images.kernel.clone(),
            Image::Tests => images.tests.clone(),
            Image::Checked => images.checked.clone(),
            Image::Monitored => images.monitored.clone(),
        },
        archive: match case.archive {
            Archive::Shipped => Some(images.archive.clone()),
            Archive::Tests => Some(images.test_archive.clone()),
            Archive::Long(bytes) => Some(lengthened(&images.archive, bytes, file("tar"))?),
            Archive::Missing => None,
        },
        arguments: case.arguments.clone(),
        tree,
        further: Vec::new(),
    };
    let mut command = qemu::command(&case.machine, &boot, Serial::Pipe);
    let commands = case.commands.iter().map(|command| placed(command, &images.products)).collect();
    let script = Script { commands, patience: case.patience };
    let record = session::run(&mut command, &script, &mut |_| {})?;
    judge(&record, &case.expected).map_err(|failure| {
        Failed::from(format!("{failure}\n{}\n{}", qemu::shown(&command), tail(&record)))
    })?;
    told(&record, &case.expected.tells).for_each(|line| println!("{line}"));
    Ok(())
}

/// The lines of the guest that contain one of these.
fn told<'a>(record: &'a Record, tells: &'a [String]) -> impl Iterator<Item = &'a str> {
    let said = record.lines.iter().filter(|line| !line.is_echo).map(|line| &*line.text);
    said.filter(|line| tells.iter().any(|told| line.contains(told)))
}

/// Makes the file `long` of that archive and zeros.
fn lengthened(archive: &Path, bytes: u64, long: PathBuf) -> io::Result<PathBuf> {
    fs::copy(archive, &long)?;
    fs::OpenOptions::new().write(true).open(&long)?.set_len(bytes)?;
    Ok(long)
}

/// The command, with the file that it sends named in full.
fn placed(command: &str, products: &Path) -> String {
    let Some((before, file)) = command.starts_with(SEND).then(|| command.split_once(PRODUCTS)).flatten()
    else {
        return command.to_owned();
    };
    format!("{before}{}/{file}", products.display())
}

fn tail(record: &Record) -> String {
    let skipped = record.lines.len().saturating_sub(LAST_LINES);
    let lines = record.lines.iter().skip(skipped).map(|line| {
        let mark = if line.is_echo { "$ " } else { "| " };
        format!("{mark}{}", line.text)
    });
    let mut all: Vec<String> = lines.collect();
    if !record.errors.is_empty() {
        all.push(format!("QEMU: {}", record.errors.trim_end()));
    }
    all.push(format!("({:?} after {:.1} s)", record.ending, record.elapsed.as_secs_f64()));
    all.join("\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::told;
    use crate::session::{Ending, Line, Record};

    #[test]
    fn what_a_guest_says_is_told_and_not_what_was_typed() {
        let line = |text: &str, is_echo| Line { text: text.into(), is_echo };
        let record = Record {
            lines: vec![line("chaos 1", true), line("chaos: 1 s", false), line("over", false)],
            errors: String::new(),
            unsent: Vec::new(),
            ending: Ending::Exited(0),
            elapsed: Duration::ZERO,
        };
        let tells = ["chaos".to_owned(), "1 s".to_owned()];
        assert_eq!(told(&record, &tells).collect::<Vec<_>>(), ["chaos: 1 s"]);
        assert_eq!(told(&record, &[]).count(), 0);
    }
}
