package seccomp

import (
	"encoding/binary"
	"testing"
)

// run is the kernel's interpreter for the few codes that the filter uses.
func run(t *testing.T, program []byte, data [64]byte) uint32 {
	t.Helper()
	var a uint32
	for at := 0; at < len(program)/8; at++ {
		i := program[at*8:]
		k := binary.LittleEndian.Uint32(i[4:])
		jump := func(yes bool) {
			if yes {
				at += int(i[2])
			} else {
				at += int(i[3])
			}
		}
		switch binary.LittleEndian.Uint16(i) {
		case load:
			a = binary.LittleEndian.Uint32(data[k:])
		case ifEqual:
			jump(a == k)
		case ifMore:
			jump(a > k)
		case ifAnyBit:
			jump(a&k != 0)
		case answer:
			return k
		default:
			t.Fatalf("instruction %d has an unknown code", at)
		}
	}
	t.Fatal("the program ends without an answer")
	return 0
}

// TestFilterAnswers tries what an attacker would.
//
// Attack by the code that a check runs on: Enter the kernel by rare calls: a filter that also refuses what is
// newer than it.
func TestFilterAnswers(t *testing.T) {
	tab := table{arch: 0xc000003e, newest: 462, clone: 56, clone3: 435, socket: 41, refused: []uint32{101, 165}}
	for _, c := range []struct {
		name               string
		arch, number       uint32
		first, second, arg uint32
		want               uint32
	}{
		{"read", tab.arch, 0, 0, 0, 0, allow},
		{"another architecture", 0x40000003, 0, 0, 0, 0, kill},
		{"x32", tab.arch, 0x40000000, 0, 0, 0, unknown},
		{"a call of tomorrow", tab.arch, 463, 0, 0, 0, unknown},
		{"the newest call", tab.arch, 462, 0, 0, 0, allow},
		{"clone3", tab.arch, 435, 0, 0, 0, unknown},
		{"a thread", tab.arch, 56, 0x3d0f00, 0, 0, allow},
		{"a user namespace", tab.arch, 56, 0x10000000, 0, 0, refuse},
		{"a mount namespace", tab.arch, 56, 0x20000, 0, 0, refuse},
		{"unix", tab.arch, 41, 1, 0, 0, allow},
		{"inet", tab.arch, 41, 2, 0, 0, allow},
		{"inet6", tab.arch, 41, 10, 0, 0, allow},
		{"routes", tab.arch, 41, 16, 0, 0, allow},
		{"netfilter", tab.arch, 41, 16, 0, 12, family},
		{"raw packets", tab.arch, 41, 17, 0, 0, family},
		{"crypto", tab.arch, 41, 38, 0, 0, family},
		{"vsock", tab.arch, 41, 40, 0, 0, family},
		{"ptrace", tab.arch, 101, 0, 0, 0, refuse},
		{"mount", tab.arch, 165, 0, 0, 0, refuse},
	} {
		var data [64]byte
		binary.LittleEndian.PutUint32(data[atNumber:], c.number)
		binary.LittleEndian.PutUint32(data[atArch:], c.arch)
		binary.LittleEndian.PutUint32(data[firstArg:], c.first)
		binary.LittleEndian.PutUint32(data[thirdArg:], c.arg)
		if got := run(t, tab.compile(), data); got != c.want {
			t.Errorf("%s: %#x, want %#x", c.name, got, c.want)
		}
	}
}
