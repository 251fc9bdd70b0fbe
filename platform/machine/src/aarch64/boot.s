// The way from reset to Rust, for the first core and for every other.
//
// The Image header and the rules at entry: Linux, Documentation/arch/arm64/booting.rst. Everything before the jump to the
// upper half is position independent: the load address differs between boards and firmware versions. `.head` is one page,
// and the only one that is ever mapped at its physical address (read-only, executable).

.equ PAGE_RX,  0x0040000000000787      // valid page, normal memory, inner shareable, accessed, read-only, UXN
.equ PAGE_RO,  0x0060000000000787      // the same and PXN
.equ PAGE_RW,  0x0060000000000707      // writable, never executable
.equ BLOCK_RW, 0x0060000000000705      // a 1 GiB block of it
.equ BLOCK_DEVICE, 0x0060000000000401  // a 1 GiB block of device memory (attribute 0)
.equ TABLE, 3
.equ MAIR, 0x44ff00                    // 0: device nGnRnE, 1: normal write-back, 2: normal non-cacheable
.equ SCTLR_MMU_ON, 0x30d8181d          // RES1 | M C SA SA0 I WXN: what is writable is never executable

.section .head, "ax"
.global _head
_head:
    b       primary_entry
    .long   0
    .quad   0                          // text_offset: any 2 MiB aligned base, see flags
    .quad   __image_size
    .quad   0xa                        // little endian, 4 KiB pages, anywhere in memory
    .quad   0, 0, 0
    .ascii  "ARM\x64"
    .long   0

.macro constant register, value
    movz    \register, #((\value) & 0xffff)
    movk    \register, #(((\value) >> 16) & 0xffff), lsl #16
    movk    \register, #(((\value) >> 32) & 0xffff), lsl #32
    movk    \register, #(((\value) >> 48) & 0xffff), lsl #48
.endm

// Maps the image's pages from \from up to \to with \flags; x21 is the load address.
.macro map_pages from, to, flags
    adrp    x0, \from
    adrp    x1, \to
    sub     x2, x0, x21
    lsr     x2, x2, #12
    adrp    x3, boot_kernel_level3
    add     x3, x3, x2, lsl #3
    constant x4, \flags
2:  cmp     x0, x1
    b.hs    3f
    orr     x5, x0, x4
    str     x5, [x3], #8
    add     x0, x0, #4096
    b       2b
3:
.endm

// x0 = physical address of the device tree (or not a tree: checked later).
primary_entry:
    mov     x20, x0
    adrp    x21, _head
    mrs     x22, CurrentEL
    lsr     x22, x22, #2
    bl      drop_to_el1

    adrp    x0, __boot_tables_start
    adrp    x1, __boot_tables_end
1:  stp     xzr, xzr, [x0], #16
    cmp     x0, x1
    b.lo    1b

    // TTBR0: this page at its physical address.
    adrp    x0, boot_identity_level1
    adrp    x1, boot_identity_level2
    orr     x2, x1, #TABLE
    ubfx    x3, x21, #30, #9
    str     x2, [x0, x3, lsl #3]
    adrp    x0, boot_identity_level3
    orr     x2, x0, #TABLE
    ubfx    x3, x21, #21, #9
    str     x2, [x1, x3, lsl #3]
    constant x2, PAGE_RX
    orr     x2, x2, x21
    ubfx    x3, x21, #12, #9
    str     x2, [x0, x3, lsl #3]

    // TTBR1: the image, page by page; the gibibytes that hold it and the tree; one gibibyte of devices for the console.
    adrp    x6, boot_kernel_level1
    adrp    x7, boot_kernel_level2
    orr     x2, x7, #TABLE
    str     x2, [x6, #(510 * 8)]
    adrp    x8, boot_kernel_level3
    orr     x2, x8, #TABLE
    str     x2, [x7]
    add     x2, x2, #4096
    str     x2, [x7, #8]
    map_pages __text_start, __text_end, PAGE_RX
    map_pages __rodata_start, __rodata_end, PAGE_RO
    map_pages __data_start, __data_end, PAGE_RW
    map_pages __stack_start, __stack_end, PAGE_RW
    map_pages __exception_stack_start, __exception_stack_end, PAGE_RW
    constant x4, BLOCK_RW
    ubfx    x3, x20, #30, #8
    orr     x2, x4, x3, lsl #30
    str     x2, [x6, x3, lsl #3]
    ubfx    x3, x21, #30, #8
    orr     x2, x4, x3, lsl #30
    str     x2, [x6, x3, lsl #3]
    // RAM from 0 means a Raspberry Pi 4 (peripherals below 4 GiB), RAM above means QEMU virt (devices in the first GiB).
    constant x2, BLOCK_DEVICE
    cbnz    x3, 1f
    orr     x2, x2, #0xc0000000
1:  str     x2, [x6, #(256 * 8)]

    // Written with the caches off: drop whatever stale lines cover the tables.
    dsb     sy
    mrs     x3, ctr_el0
    ubfx    x3, x3, #16, #4
    mov     x2, #4
    lsl     x2, x2, x3
    adrp    x0, __boot_tables_start
    adrp    x1, __boot_tables_end
1:  dc      ivac, x0
    add     x0, x0, x2
    cmp     x0, x1
    b.lo    1b
    dsb     sy

    adrp    x0, boot_kernel_level1
    ldr     x1, =primary_high
    b       enable_mmu

// Every other core, from PSCI CPU_ON or the spin table: caches and MMU off, at the level that the first core had.
.global secondary_entry
secondary_entry:
    bl      drop_to_el1
    adrp    x0, secondary_root
    ldr     x0, [x0, #:lo12:secondary_root]
    ldr     x1, =secondary_high
    b       enable_mmu

// x0 = physical address of the root for the upper half, x1 = where to go. Arm ARM D8.2, D24.2.
enable_mmu:
    adrp    x2, boot_identity_level1
    msr     ttbr0_el1, x2
    msr     ttbr1_el1, x0
    constant x2, MAIR
    msr     mair_el1, x2
    constant x2, 0x10b5193519          // 39 bits each half, write-back walks, inner shareable, 4 KiB, 16-bit ASIDs
    mrs     x3, id_aa64mmfr0_el1
    and     x3, x3, #15
    mov     x4, #5
    cmp     x3, x4
    csel    x3, x3, x4, lo
    orr     x2, x2, x3, lsl #32
    msr     tcr_el1, x2
    isb
    tlbi    vmalle1
    dsb     nsh
    ic      iallu
    dsb     nsh
    isb
    constant x2, SCTLR_MMU_ON
    msr     sctlr_el1, x2
    isb
    br      x1

// Leaves EL2 for EL1 with every trap and offset at a known value. Full values, never read-modify-write. Arm ARM D24.2.
drop_to_el1:
    mrs     x9, CurrentEL
    cmp     x9, #8
    b.ne    1f
    mov     x9, #(1 << 31)
    msr     hcr_el2, x9                // EL1 is AArch64, nothing trapped, no VHE
    mov     x9, #3
    msr     cnthctl_el2, x9
    msr     cntvoff_el2, xzr
    mov     x9, #0x33ff
    msr     cptr_el2, x9
    msr     hstr_el2, xzr
    msr     vttbr_el2, xzr
    mrs     x9, midr_el1
    msr     vpidr_el2, x9
    mrs     x9, mpidr_el1
    msr     vmpidr_el2, x9
    mrs     x9, mdcr_el2
    and     x9, x9, #0x1f              // keep HPMN, open the counters to EL1
    msr     mdcr_el2, x9
    mrs     x9, id_aa64pfr0_el1
    ubfx    x9, x9, #24, #4
    cbz     x9, 2f                     // no GICv3 system registers
    mrs     x9, s3_4_c12_c9_5          // ICC_SRE_EL2: SRE, Enable
    mov     x10, #9
    orr     x9, x9, x10
    msr     s3_4_c12_c9_5, x9
    isb
2:  mov     x9, #0x0800
    movk    x9, #0x30d0, lsl #16
    msr     sctlr_el1, x9
    mov     x9, #0x3c5
    msr     spsr_el2, x9
    msr     elr_el2, x30
    eret
1:  ret

.ltorg

.section .text.boot, "ax"
primary_high:
    mov     x23, xzr
    ldr     x24, =__stack_end
    ldr     x25, =__exception_stack_end
    bl      prepare_core
    ldr     x0, =__bss_start
    ldr     x1, =__bss_end
1:  cmp     x0, x1
    b.hs    2f
    stp     xzr, xzr, [x0], #16
    b       1b
2:  mov     x0, x20
    mov     x1, x21
    mov     x2, x22
    bl      machine_first_core
    b       .

// Finds its own row of the table by MPIDR: a spin table gives no argument.
secondary_high:
    mrs     x0, mpidr_el1
    constant x1, 0xff00ffffff
    and     x0, x0, x1
    ldr     x1, =SECONDARIES
    mov     x2, #32
1:  ldr     x3, [x1]
    cmp     x3, x0
    b.eq    2f
    add     x1, x1, #32
    subs    x2, x2, #1
    b.ne    1b
3:  wfi
    b       3b
2:  ldp     x24, x25, [x1, #8]
    ldr     x23, [x1, #24]
    bl      prepare_core
    mov     x0, x23
    bl      machine_other_core
    b       .

// x23 = core index, x24 = top of its stack (SP_EL0), x25 = top of its exception stack (SP_EL1).
prepare_core:
    msr     tpidr_el1, x23
    ldr     x0, =exception_vectors
    msr     vbar_el1, x0
    msr     cpacr_el1, xzr             // floating point traps: the kernel does not use it
    msr     cntkctl_el1, xzr
    mov     x0, #0x47                  // PMCR: E P C LC
    msr     pmcr_el0, x0
    msr     pmccfiltr_el0, xzr
    mov     x0, #(1 << 31)
    msr     pmcntenset_el0, x0
    msr     spsel, #1
    mov     sp, x25
    msr     spsel, #0
    mov     sp, x24
    isb
    mov     x29, xzr
    ret

.ltorg

.section .boot_tables, "aw", %nobits
.balign 4096
boot_identity_level1: .skip 4096
boot_identity_level2: .skip 4096
boot_identity_level3: .skip 4096
.global boot_kernel_level1
boot_kernel_level1:   .skip 4096
boot_kernel_level2:   .skip 4096
boot_kernel_level3:   .skip 8192

.section .data.secondary_root, "aw"
.balign 64
.global secondary_root
secondary_root: .quad 0
.skip 56
