//go:build race && !amd64.v3

#include "textflag.h"

// The race detector's own code is C and calls __popcountdi2, which counts the bits that are set. Where it is nowhere the
// linker looks for it in libgcc, and reads all relocations three times more for that: a sixth of the time that a test
// program takes to link. It lies in this package as nearly every program has it (docs/adr/0128). It is called as C
// calls: the argument is in DI, the result in AX, and no register that the caller keeps is written.
TEXT __popcountdi2(SB), NOSPLIT|NOFRAME, $0
	// Two bits have the number of their ones, then four, then eight; the product has the sum of all eight bytes on top.
	MOVQ DI, AX
	SHRQ $1, AX
	MOVQ $0x5555555555555555, DX
	ANDQ DX, AX
	SUBQ AX, DI
	MOVQ $0x3333333333333333, DX
	MOVQ DI, AX
	SHRQ $2, DI
	ANDQ DX, AX
	ANDQ DX, DI
	ADDQ DI, AX
	MOVQ AX, DX
	SHRQ $4, DX
	ADDQ DX, AX
	MOVQ $0x0f0f0f0f0f0f0f0f, DX
	ANDQ DX, AX
	MOVQ $0x0101010101010101, DX
	IMULQ DX, AX
	SHRQ $56, AX
	RET

// func ones(word uint64) int: the test calls the above by this.
TEXT ·ones(SB), NOSPLIT, $0-16
	MOVQ word+0(FP), DI
	CALL __popcountdi2(SB)
	MOVQ AX, ret+8(FP)
	RET
