package docker

import (
	"fmt"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"

	"github.com/lintel-review/lintel/internal/sandbox"
)

// host is how the engine holds the container.
func (b *Backend) host(job sandbox.Job) *container.HostConfig {
	l := job.Limits
	processes := int64(l.Processes) + 2 // the script and its shell
	scratch := fmt.Sprintf("rw,exec,nosuid,nodev,mode=1777,size=%d", l.Disk)
	return &container.HostConfig{
		// The engine keeps no output of its own: a flood would fill its disk.
		LogConfig:      container.LogConfig{Type: "none"},
		NetworkMode:    "none",
		RestartPolicy:  container.RestartPolicy{Name: container.RestartPolicyDisabled},
		CapDrop:        []string{"ALL"},
		SecurityOpt:    []string{"no-new-privileges"},
		ReadonlyRootfs: true,
		IpcMode:        "private",
		ShmSize:        l.Disk,
		Runtime:        b.options.Runtime,
		Tmpfs: map[string]string{
			sandbox.WorkFolder: scratch,
			"/tmp":             scratch,
		},
		Mounts: []mount.Mount{{
			Type:        mount.TypeBind,
			Source:      job.Tree,
			Target:      sandbox.TreeFolder,
			ReadOnly:    true,
			BindOptions: &mount.BindOptions{Propagation: mount.PropagationRPrivate},
		}},
		Resources: container.Resources{
			Memory:     l.Memory,
			MemorySwap: l.Memory, // no swap beside it
			NanoCPUs:   int64(l.CPU * 1e9),
			PidsLimit:  &processes,
			Ulimits: []*container.Ulimit{
				{Name: "core", Soft: 0, Hard: 0},
				{Name: "nofile", Soft: 1024, Hard: 1024},
				{Name: "nproc", Soft: 4096, Hard: 4096}, // counts all containers' processes of this user; PidsLimit holds one
			},
		},
	}
}
