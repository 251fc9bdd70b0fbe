// Ways into heaps of their own: for each one the three functions that code calls to allocate, which say whose heap is meant
// and go on to the function that allocates. What they say is an immediate, so code that is linked to them can't say another.
// They have no frame, and leave the caller's registers as they are.

    .section .text.own_heaps, "ax"
    .global own_heap_ways
    .type own_heap_ways, %function
    .balign 8
own_heap_ways:
    .cfi_startproc
    .set number, 0
    .rept 256
    mov x2, #number
    b own_heap_allocate
    mov x2, #number
    b own_heap_allocate_zeroed
    mov x4, #number
    b own_heap_reallocate
    .set number, number + 1
    .endr
    .cfi_endproc
    .size own_heap_ways, . - own_heap_ways
