//! The checksum of everything that is sent: CRC-32 with the polynomial of Ethernet.

use crc::{CRC_32_ISO_HDLC, Crc};

static CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// The checksum of `bytes`.
pub(crate) fn of(bytes: &[u8]) -> u32 {
    CRC.checksum(bytes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_the_crc_that_everybody_has() {
        assert_eq!(super::of(b"123456789"), 0xcbf4_3926);
    }
}
