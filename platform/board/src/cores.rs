//! The cores and how they are started.
//!
//! Source: binding `arm,cpus`; Devicetree Specification 0.4, section 3.8 (a property that a `cpu` node lacks may
//! stand in `/cpus`).

use arrayvec::ArrayVec;
use dtoolkit::fdt::FdtNode;
use dtoolkit::{Node, Property, ToCellInt};

use crate::description::{Core, MAX_CORES, StartMethod};
use crate::error::{BoardError, cut, name_of};
use crate::landmarks::Landmarks;
use crate::place::{malformed, require};

/// Affinity fields of `MPIDR_EL1`; a `cpu` node's `reg` has no others.
const AFFINITY: u64 = 0xff_00ff_ffff;

/// The cores that a description holds, and how many more there are.
pub(crate) fn read_cores(
    landmarks: &Landmarks<'_>,
) -> Result<(ArrayVec<Core, MAX_CORES>, usize), BoardError> {
    let cpus = landmarks.cpus.ok_or(BoardError::NodeMissing { wanted: "/cpus" })?;
    let mut cores = ArrayVec::new();
    let mut left_out = 0;
    for cpu in cpus.children().filter(is_usable_core) {
        let core = Core { mpidr: affinity(&cpu)?, start: start_method(&cpus, &cpu)? };
        if cores.try_push(core).is_err() {
            left_out += 1;
        }
    }
    if cores.is_empty() { Err(BoardError::NodeMissing { wanted: "cpu" }) } else { Ok((cores, left_out)) }
}

/// Whether a child of `/cpus` is a core that is not broken. `disabled` means only that it waits to be started.
fn is_usable_core(node: &FdtNode<'_>) -> bool {
    let is_core = node.name_without_address() == "cpu";
    let is_broken = node
        .property("status")
        .is_some_and(|status| status.value_as::<&str>().is_ok_and(|status| status.starts_with("fail")));
    is_core && !is_broken
}

/// The affinity in the node's `reg`, of one cell or two.
fn affinity(cpu: &FdtNode<'_>) -> Result<u64, BoardError> {
    let reg = require(cpu, "reg")?;
    let cells = reg.value_as::<dtoolkit::Cells<'_>>().map_err(|cause| malformed(cpu, "reg", cause))?;
    let mpidr = cells.to_int::<u64>().map_err(|cause| malformed(cpu, "reg", cause))?;
    if mpidr & !AFFINITY == 0 {
        Ok(mpidr)
    } else {
        Err(BoardError::BadRange { node: name_of(cpu), property: "reg", start: mpidr, extent: 0 })
    }
}

/// The node's `enable-method`, or that of `/cpus`.
fn start_method(cpus: &FdtNode<'_>, cpu: &FdtNode<'_>) -> Result<StartMethod, BoardError> {
    let Some(method) = cpu.property("enable-method").or_else(|| cpus.property("enable-method")) else {
        return Ok(StartMethod::Unspecified);
    };
    match method.value_as::<&str>().map_err(|cause| malformed(cpu, "enable-method", cause))? {
        "psci" => Ok(StartMethod::Psci),
        "spin-table" => {
            let release_address = require(cpu, "cpu-release-addr")?
                .value_as::<u64>()
                .map_err(|cause| malformed(cpu, "cpu-release-addr", cause))?;
            Ok(StartMethod::SpinTable { release_address })
        }
        other => {
            Err(BoardError::UnknownWord { node: name_of(cpu), property: "enable-method", value: cut(other) })
        }
    }
}
