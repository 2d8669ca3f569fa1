//go:build amd64 || arm64

package bwrap

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lintel-review/lintel/internal/sandbox"
)

func TestOwnGroupsAreFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, self, mounts string
		want               map[string]string
	}{
		{
			name:   "version 2 on a host",
			self:   "0::/system.slice/lintel.service/main\n",
			mounts: "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n",
			want:   map[string]string{"unified": "/sys/fs/cgroup/system.slice/lintel.service/main"},
		},
		{
			name:   "version 2 in a container with its own root",
			self:   "0::/\n",
			mounts: "30 23 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
			want:   map[string]string{"unified": "/sys/fs/cgroup"},
		},
		{
			name: "version 1, of which a part is mounted",
			self: "4:memory:/docker/abc/x\n8:pids:/docker/abc\n1:cpu,cpuacct:/docker/abc\n",
			mounts: "1 2 0:1 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n" +
				"1 2 0:1 /docker/abc /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n" +
				"1 2 0:1 /docker/abc /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n",
			want: map[string]string{"memory": "/sys/fs/cgroup/memory/x", "pids": "/sys/fs/cgroup/pids",
				"cpu": "/sys/fs/cgroup/cpu,cpuacct", "cpuacct": "/sys/fs/cgroup/cpu,cpuacct"},
		},
	} {
		folder := t.TempDir()
		self, mounts := filepath.Join(folder, "cgroup"), filepath.Join(folder, "mountinfo")
		for file, content := range map[string]string{self: c.self, mounts: c.mounts} {
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got := ownGroups(self, mounts)
		maps.DeleteFunc(got, func(name, _ string) bool { return name != "unified" && c.want[name] == "" })
		if !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestVersion2IsWrittenAsTheKernelReadsIt uses a plain folder, because machines with version 1 have no controllers to try.
func TestVersion2IsWrittenAsTheKernelReadsIt(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	g, err := (&groups{unified: folder}).make(sandbox.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"memory.max": "1073741824", "memory.swap.max": "0", "pids.max": "260", "cpu.max": "100000 100000",
	} {
		if got := g.read(folder, file); got != want {
			t.Errorf("%s is %q, want %q", file, got, want)
		}
	}
	g.kill()
	if got := g.read(folder, "cgroup.kill"); got != "1" {
		t.Errorf("cgroup.kill is %q", got)
	}
	for file, content := range map[string]string{
		"memory.peak": "4096\n", "cpu.stat": "usage_usec 1500\nuser_usec 1\n", "memory.events": "low 0\noom 1\noom_kill 2\n",
	} {
		if err := g.set(folder, file, content); err != nil {
			t.Fatal(err)
		}
	}
	if cpu, peak, oom := g.used(); cpu != 1500*time.Microsecond || peak != 4096 || !oom {
		t.Errorf("%v %d %v", cpu, peak, oom)
	}
}

func TestOnlyTheKernelsFoldersCount(t *testing.T) {
	t.Parallel()
	if isCgroup2(t.TempDir()) || isCgroup2("") || isCgroup2("/nonexistent") {
		t.Error("a folder that is no cgroup is taken for one")
	}
}
