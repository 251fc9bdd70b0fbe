//! Restart: what an extension wants to be done when it was at fault too often.
//!
//! Said in its object, so that the kernel knows without running anything of it.

/// How often, within how long and how soon an extension is started again. By default never: then a handler that was at fault too often
/// is uninstalled, and the rest of its domain goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart {
    times: u16,
    within_s: u16,
    delay_ms: u32,
}

impl Restart {
    /// Not at all.
    pub const NEVER: Self = Self { times: 0, within_s: 0, delay_ms: 0 };

    /// At most so many times in a minute, the first time a tenth of a second after its end.
    #[must_use]
    pub const fn times(times: u16) -> Self {
        Self { times, within_s: 60, delay_ms: 100 }
    }

    /// The times count within so many seconds.
    #[must_use]
    pub const fn within_seconds(self, within_s: u16) -> Self {
        Self { within_s, ..self }
    }

    /// The first time so many milliseconds after the end; each further time within the same span after twice as many.
    #[must_use]
    pub const fn after_milliseconds(self, delay_ms: u32) -> Self {
        Self { delay_ms, ..self }
    }

    /// How often at most.
    pub const fn most(self) -> usize {
        self.times as usize
    }

    /// Within how many seconds.
    pub const fn within_s(self) -> u64 {
        self.within_s as u64
    }

    /// After how many milliseconds the first time.
    pub const fn delay_ms(self) -> u64 {
        self.delay_ms as u64
    }

    /// As it stands in an object.
    pub(crate) const fn number(self) -> u64 {
        self.times as u64 | (self.within_s as u64) << 16 | (self.delay_ms as u64) << 32
    }

    /// As it stands in an object.
    pub const fn of_number(number: u64) -> Self {
        Self { times: number as u16, within_s: (number >> 16) as u16, delay_ms: (number >> 32) as u32 }
    }
}

#[cfg(test)]
mod tests {
    use super::Restart;

    #[test]
    fn what_stands_in_an_object_is_what_was_said() {
        let said = Restart::times(3).within_seconds(300).after_milliseconds(70_000);
        assert_eq!(Restart::of_number(said.number()), said);
        assert_eq!((said.most(), said.within_s(), said.delay_ms()), (3, 300, 70_000));
        assert_eq!(Restart::of_number(0), Restart::NEVER);
    }
}
