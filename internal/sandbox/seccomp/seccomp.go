// Package seccomp is the filter of system calls that a tool in a sandbox runs under, as a program for the kernel.
//
// Callers may rely on these promises:
//   - A call that is newer than the table is answered ENOSYS, so a kernel's next feature is closed until somebody reads it.
//   - Calls of another architecture's numbering end the process.
//   - No new namespace, no tracing of processes, no keys, no kernel modules, no BPF, no io_uring, no mount, and no socket
//     but of IPv4, IPv6, Unix and routing information.
package seccomp

import "encoding/binary"

// Codes of classic BPF that the filter needs, and the kernel's answers.
const (
	load     = 0x20 // BPF_LD | BPF_W | BPF_ABS
	ifEqual  = 0x15 // BPF_JMP | BPF_JEQ | BPF_K
	ifMore   = 0x25 // BPF_JMP | BPF_JGT | BPF_K
	ifAnyBit = 0x45 // BPF_JMP | BPF_JSET | BPF_K
	answer   = 0x06 // BPF_RET | BPF_K

	allow   = 0x7fff0000
	kill    = 0x80000000
	refuse  = 0x00050000 | 1  // EPERM
	unknown = 0x00050000 | 38 // ENOSYS
	family  = 0x00050000 | 97 // EAFNOSUPPORT
)

// Where struct seccomp_data has what, on little-endian machines.
const (
	atNumber   = 0
	atArch     = 4
	firstArg   = 16
	thirdArg   = firstArg + 16
	namespaces = 0x7e020000 // CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
)

// table is what differs between architectures.
type table struct {
	arch                  uint32 // AUDIT_ARCH
	newest                uint32 // the newest call that somebody read
	clone, clone3, socket uint32
	refused               []uint32
}

// program is built as a list; each instruction that jumps skips a few of the next.
type program []byte

func (p *program) add(code uint16, yes, no uint8, k uint32) {
	*p = binary.LittleEndian.AppendUint16(*p, code)
	*p = append(*p, yes, no)
	*p = binary.LittleEndian.AppendUint32(*p, k)
}

// compile makes the program of a table: every way through it ends in an answer.
func (t table) compile() []byte {
	var p program
	p.add(load, 0, 0, atArch)
	p.add(ifEqual, 1, 0, t.arch)
	p.add(answer, 0, 0, kill)
	p.add(load, 0, 0, atNumber)
	p.add(ifMore, 0, 1, t.newest) // x32 on amd64 has numbers above all others
	p.add(answer, 0, 0, unknown)
	p.add(ifEqual, 0, 1, t.clone3) // its flags lie in memory that a filter cannot read; libraries fall back to clone
	p.add(answer, 0, 0, unknown)
	p.add(ifEqual, 0, 4, t.clone)
	p.add(load, 0, 0, firstArg)
	p.add(ifAnyBit, 0, 1, namespaces)
	p.add(answer, 0, 0, refuse)
	p.add(answer, 0, 0, allow)
	p.add(ifEqual, 0, 9, t.socket)
	p.add(load, 0, 0, firstArg)
	p.add(ifEqual, 6, 0, 1)  // AF_UNIX
	p.add(ifEqual, 5, 0, 2)  // AF_INET
	p.add(ifEqual, 4, 0, 10) // AF_INET6
	p.add(ifEqual, 0, 2, 16) // AF_NETLINK
	p.add(load, 0, 0, thirdArg)
	p.add(ifEqual, 1, 0, 0) // NETLINK_ROUTE
	p.add(answer, 0, 0, family)
	p.add(answer, 0, 0, allow)
	for _, number := range t.refused {
		p.add(ifEqual, 0, 1, number)
		p.add(answer, 0, 0, refuse)
	}
	p.add(answer, 0, 0, allow)
	return p
}
