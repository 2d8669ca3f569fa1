//go:build linux && (amd64 || arm64)

package bwrap

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// sweeping bounds how long a start waits for what dies just now.
	sweeping = 5 * time.Second
	// foreign is when an empty folder of another PID namespace is left over. Its owner cannot be looked for, but fills it, or
	// removes it, within a moment.
	foreign = time.Hour
)

// mine begins the names of what this Lintel makes outside sandboxes, and would leave if it died.
var mine = sync.OnceValue(func() string { return leftover(namespace(), os.Getpid(), started(os.Getpid())) })

// leftover names a process by its PID namespace, because containers may share cgroups and folders and each have a process 7,
// by its id, and by its start, because the system gives the ids of dead processes to new ones.
func leftover(space uint64, pid int, start uint64) string {
	return fmt.Sprintf("lintel-sandbox-%d-%d-%d-", space, pid, start)
}

// namespace is the number of this process's PID namespace; 0 where the kernel has none (namespaces(7)).
var namespace = sync.OnceValue(func() (space uint64) {
	link, _ := os.Readlink("/proc/self/ns/pid") // a kernel without them has no such file
	_, _ = fmt.Sscanf(link, "pid:[%d]", &space)
	return space
})

// started tells when a process began, in the kernel's clock ticks since the machine started; 0 where there is none
// (proc_pid_stat(5), field 22).
func started(pid int) uint64 {
	content, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)) // a process that is gone has no such file
	// The name of the program, in brackets, may hold spaces and brackets itself.
	fields := strings.Fields(string(content[bytes.LastIndexByte(content, ')')+1:]))
	const field, afterName = 22, 3
	if len(fields) <= field-afterName {
		return 0
	}
	start, _ := strconv.ParseUint(fields[field-afterName], 10, 64) // the kernel writes a number
	return start
}

// sweep removes the cgroups and mount points of processes that are gone. All of them are empty, or become so
// as their processes end, and only empty ones go. It takes at most sweeping.
func (b *backend) sweep() {
	folders, until := []string{os.TempDir()}, time.Now().Add(sweeping)
	if b.groups != nil {
		folders = append(folders, b.groups.folders()...)
	}
	for _, folder := range folders {
		found, _ := filepath.Glob(filepath.Join(folder, "lintel-sandbox-*")) // the pattern is well formed
		for _, f := range found {
			if !over(f) {
				continue
			}
			_ = syscall.Rmdir(filepath.Join(f, "tree"))
			// A cgroup is busy until the last of its processes is reaped, which is left to the system.
			for errors.Is(syscall.Rmdir(f), syscall.EBUSY) && time.Now().Before(until) {
				time.Sleep(5 * time.Millisecond)
			}
		}
	}
}

// over tells whether the process that made a folder is gone.
func over(folder string) bool {
	var pid int
	var space, start uint64
	if _, err := fmt.Sscanf(filepath.Base(folder), "lintel-sandbox-%d-%d-%d-", &space, &pid, &start); err != nil {
		return false
	}
	if space == namespace() {
		return started(pid) != start
	}
	made, err := os.Lstat(folder)
	return err == nil && time.Since(made.ModTime()) > foreign
}
