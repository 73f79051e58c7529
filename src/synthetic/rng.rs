//! Random streams. Every entity draws from its own stream, so that one entity's draws never move another's.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

pub type Rng = ChaCha8Rng;

/// What a stream is for; the number is part of the seed and must not change.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
pub enum Purpose {
    Region = 1,
    Units = 2,
    Unit = 3,
    Person = 4,
    Spell = 5,
    Leaders = 7,
    Quotas = 8,
    Registration = 9,
    Plant = 10,
    LookAlike = 11,
    Pay = 12,
    Absence = 13,
    Attendance = 14,
    NoiseUnits = 15,
    NoiseStaff = 16,
    NoiseHr = 17,
    NoisePay = 18,
    NoiseRegistration = 19,
    NoiseOther = 20,
    Others = 21,
    Ages = 40,
    StaffFeeds = 41,
    PlantStaff = 42,
    LookAlikeStaff = 43,
    PlantWarnings = 44,
    LookAlikeWarnings = 45,
    /// Who pays for whom; also the noise of what payrolls write of such units.
    Structures = 80,
    NoiseNoIds = 82,
    Registry = 60,
    RegistryLookAlike = 61,
    Lists = 62,
    DataQuality = 63,
    QuotaFeeds = 30,
    PlantQuotas = 31,
    LookAlikeQuotas = 32,
    Feeds = 50,
    PlantPay = 51,
    LookAlikePay = 52,
    PlantTrends = 53,
    LookAlikeTrends = 54,
}

/// The stream of one entity.
#[must_use]
pub fn stream(seed: u64, purpose: Purpose, entity: u64) -> Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ (purpose as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    rng.set_stream(entity);
    rng
}
