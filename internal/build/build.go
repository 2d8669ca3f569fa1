// Package build says which build of the program this is: version, commit and tool chain.
package build

import (
	"runtime"
	"runtime/debug"
)

// Info describes a build.
type Info struct {
	// Version is that of the module, "(devel)" for a build from a work tree.
	Version string `json:"version"`
	// Commit is empty when the build did not see a repository; Modified says that the work tree had changes.
	Commit   string `json:"commit"`
	Modified bool   `json:"modified"`
	Built    string `json:"commit_time"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// stampedVersion and stampedCommit are set by the linker (-X) where a build sees no repository, such as in the
// Dockerfile; nothing else writes them.
var stampedVersion, stampedCommit string

// Read reads what the compiler and the linker noted.
func Read() Info {
	i := Info{Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if noted, ok := debug.ReadBuildInfo(); ok {
		if noted.Main.Version != "" {
			i.Version = noted.Main.Version
		}
		for _, s := range noted.Settings {
			switch s.Key {
			case "vcs.revision":
				i.Commit = s.Value
			case "vcs.time":
				i.Built = s.Value
			case "vcs.modified":
				i.Modified = s.Value == "true"
			}
		}
	}
	return i.stamp(stampedVersion, stampedCommit)
}

// stamp takes over what the linker was told.
func (i Info) stamp(version, commit string) Info {
	if version != "" {
		i.Version = version
	}
	if commit != "" {
		i.Commit = commit
	}
	return i
}
