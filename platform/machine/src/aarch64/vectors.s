// The exception vectors: frame in, one call to Rust, frame out. Arm ARM D1.3.1, D1.4.
//
// Kernel code runs on SP_EL0 (EL1t), so exceptions from it arrive in the first group with SP_EL1 selected: a stack overflow
// faults onto a stack of its own. The second group (exception while on SP_EL1) means the exception path itself failed; it
// moves to the emergency stack, which all cores share because only the first report matters.

.macro save_all
    sub     sp, sp, #304
    stp     x0, x1, [sp, #0]
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x19, [sp, #144]
    stp     x20, x21, [sp, #160]
    stp     x22, x23, [sp, #176]
    stp     x24, x25, [sp, #192]
    stp     x26, x27, [sp, #208]
    stp     x28, x29, [sp, #224]
    mrs     x0, sp_el0
    mrs     x1, elr_el1
    mrs     x2, spsr_el1
    mrs     x3, esr_el1
    mrs     x4, far_el1
    stp     x30, x0, [sp, #240]
    stp     x1, x2, [sp, #256]
    stp     x3, x4, [sp, #272]
.endm

.macro fault_vector kind
    .balign 128
    save_all
    mov     x0, sp
    mov     x1, #\kind
    b       fault_common
.endm

.macro nested_vector kind
    .balign 128
    msr     tpidrro_el0, x0
    adrp    x0, emergency_stack_top
    add     x0, x0, :lo12:emergency_stack_top
    mov     sp, x0
    mrs     x0, tpidrro_el0
    save_all
    mov     x0, sp
    mov     x1, #\kind
    b       fault_common
.endm

.macro interrupt_vector
    .balign 128
    sub     sp, sp, #192
    stp     x0, x1, [sp, #0]
    stp     x2, x3, [sp, #16]
    stp     x4, x5, [sp, #32]
    stp     x6, x7, [sp, #48]
    b       interrupt_common
.endm

.section .text.vectors, "ax"
.balign 2048
.global exception_vectors
exception_vectors:
    fault_vector 0                     // EL1t: synchronous
    interrupt_vector
    fault_vector 2                     // FIQ: never routed here
    fault_vector 3                     // SError
    nested_vector 4                    // EL1h: synchronous
    nested_vector 5
    nested_vector 6
    nested_vector 7
    fault_vector 8                     // EL0, AArch64: nothing runs there yet
    fault_vector 9
    fault_vector 10
    fault_vector 11
    fault_vector 12                    // EL0, AArch32
    fault_vector 13
    fault_vector 14
    fault_vector 15

interrupt_common:
    stp     x8, x9, [sp, #64]
    stp     x10, x11, [sp, #80]
    stp     x12, x13, [sp, #96]
    stp     x14, x15, [sp, #112]
    stp     x16, x17, [sp, #128]
    stp     x18, x30, [sp, #144]
    mrs     x0, elr_el1
    mrs     x1, spsr_el1
    stp     x29, x0, [sp, #160]
    str     x1, [sp, #176]
    add     x29, sp, #160
    mov     x0, sp
    bl      machine_interrupt
    ldr     x1, [sp, #176]
    ldp     x29, x0, [sp, #160]
    msr     spsr_el1, x1
    msr     elr_el1, x0
    ldp     x18, x30, [sp, #144]
    ldp     x16, x17, [sp, #128]
    ldp     x14, x15, [sp, #112]
    ldp     x12, x13, [sp, #96]
    ldp     x10, x11, [sp, #80]
    ldp     x8, x9, [sp, #64]
    ldp     x6, x7, [sp, #48]
    ldp     x4, x5, [sp, #32]
    ldp     x2, x3, [sp, #16]
    ldp     x0, x1, [sp], #192
    eret

fault_common:
    bl      machine_fault
    ldp     x1, x2, [sp, #256]
    msr     elr_el1, x1
    msr     spsr_el1, x2
    ldp     x30, x0, [sp, #240]
    msr     sp_el0, x0
    ldp     x28, x29, [sp, #224]
    ldp     x26, x27, [sp, #208]
    ldp     x24, x25, [sp, #192]
    ldp     x22, x23, [sp, #176]
    ldp     x20, x21, [sp, #160]
    ldp     x18, x19, [sp, #144]
    ldp     x16, x17, [sp, #128]
    ldp     x14, x15, [sp, #112]
    ldp     x12, x13, [sp, #96]
    ldp     x10, x11, [sp, #80]
    ldp     x8, x9, [sp, #64]
    ldp     x6, x7, [sp, #48]
    ldp     x4, x5, [sp, #32]
    ldp     x2, x3, [sp, #16]
    ldp     x0, x1, [sp], #304
    eret

.section .bss.emergency_stack, "aw", %nobits
.balign 16
.skip 8192
.global emergency_stack_top
emergency_stack_top:

// Where an interrupt returns to instead of to what is called off, with interrupts masked: it fails there, with all registers as they
// were.
.section .text.called_off, "ax"
.global called_off
called_off:
    brk     #0xca11

// Where a function of the kernel returns to whose caller's stack was full.
.global full_on_return
full_on_return:
    brk     #0xca12

// semihosting_call(operation, block): one `hlt` at a known address, so that a refusal can be stepped over.
.section .text.semihosting, "ax"
.global semihosting_call
.global semihosting_hlt
semihosting_call:
semihosting_hlt:
    hlt     #0xf000
    ret
