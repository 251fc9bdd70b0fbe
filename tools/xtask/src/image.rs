//! The verb `image`: what has to be copied to a board's boot medium.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use spindle::sdk::put;

use crate::keys::Trust;
use crate::{build, repository};

/// Options of `./x image`.
#[derive(clap::Args)]
pub(crate) struct Image {
    board: Board,
    #[command(flatten)]
    trust: Trust,
}

/// Boards that boot from a medium.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Board {
    /// Raspberry Pi 4 Model B: a folder for an SD card.
    Rpi4,
}

/// Read by the Pi's firmware (raspberrypi.com/documentation/computers/config_txt.html).
const CONFIGURATION: &str = "\
# Spindle on a Raspberry Pi 4.
arm_64bit=1
kernel=kernel8.img
# Two MiB: the kernel finds out where it lies, and large pages fit from there.
kernel_address=0x200000
# At a fixed place: what \"followkernel\" leaves out between file and archive is the kernel's zeroed memory and its stacks.
initramfs boot.tar 0x800000
# The console is the PL011 on GPIO 14 and 15, 115200 baud: pins (a Pi 4 gives the PL011 to Bluetooth otherwise) and clock.
enable_uart=1
dtoverlay=disable-bt
init_uart_clock=48000000
uart_2ndstage=1
disable_splash=1
";

const README: &str = "\
Spindle for the Raspberry Pi 4: copy this folder's files to the first partition (FAT32) of an SD card.

From here:      kernel8.img  config.txt  boot.tar
From others:    start4.elf  fixup4.dat  bcm2711-rpi-4-b.dtb  overlays/disable-bt.dtbo

The firmware's files are not ours to give. They come from
  https://github.com/raspberrypi/firmware, folder boot (all of them), or
  Debian (without overlays): start4.elf and fixup4.dat in the package raspi-firmware (non-free-firmware), folder /usr/lib/raspi-firmware;
          bcm2711-rpi-4-b.dtb in linux-image-arm64, below /usr/lib/linux-image-*/broadcom.

Console: 3.3 V serial adapter, 115200 8N1; its RX on pin 8 (GPIO 14), TX on pin 10 (GPIO 15), ground on pin 6.
";

impl Image {
    /// Runs the verb.
    ///
    /// # Errors
    /// When a part can't be built or written.
    pub(crate) fn run(self) -> Result<ExitCode> {
        build::everything(&self.trust)?;
        match self.board {
            Board::Rpi4 => rpi4(&repository::out().join("rpi4"))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn rpi4(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
    put(&folder.join("kernel8.img"), &fs::read(repository::image())?)?;
    put(&folder.join("boot.tar"), &fs::read(repository::archive())?)?;
    put(&folder.join("config.txt"), CONFIGURATION.as_bytes())?;
    put(&folder.join("README.txt"), README.as_bytes())?;
    println!("{} is ready: its README.txt says what else the card needs", folder.display());
    Ok(())
}
