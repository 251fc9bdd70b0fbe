//! Quotas: what a domain may have and has, for its report.

use crate::authority::authority;
use crate::domain::DomainInfo;
use crate::strand;
use spindle_control::{Quota, QuotaReport};
use spindle_event::quota;

/// Each of them, of one domain.
pub(super) fn reports(info: &DomainInfo) -> [QuotaReport; 6] {
    let (bindings, share) = quota::usage(authority(), &info.places.text);
    let of = |quota| QuotaReport { quota, used: 0, most: None, limit: None, refused: 0 };
    let strands = strand::usage(info.id);
    let slots = info.slots.map_or(of(Quota::Slots), |slots| QuotaReport {
        used: slots.taken as u64,
        limit: Some(slots.limit as u64),
        refused: slots.refused,
        ..of(Quota::Slots)
    });
    let share = share.map_or(of(Quota::Share), |share| QuotaReport {
        used: share.used_percent,
        limit: Some(u64::from(share.percent)),
        refused: share.skipped,
        ..of(Quota::Share)
    });
    [
        QuotaReport {
            used: info.heap.bytes as u64,
            most: Some(info.heap.most_bytes as u64),
            limit: Some(info.heap.limit_bytes as u64),
            refused: info.heap.refusals,
            ..of(Quota::Heap)
        },
        QuotaReport {
            used: info.frames as u64,
            limit: info.quotas.frames.map(|frames| frames as u64),
            ..of(Quota::Frames)
        },
        QuotaReport {
            used: bindings.bindings as u64,
            most: Some(bindings.most as u64),
            limit: bindings.limit.map(|limit| limit as u64),
            refused: bindings.refused,
            ..of(Quota::Bindings)
        },
        slots,
        share,
        QuotaReport {
            used: strands.count as u64,
            most: Some(strands.most as u64),
            limit: Some(strands.limit as u64),
            refused: strands.refused,
            ..of(Quota::Strands)
        },
    ]
}
