package app

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/render"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/policies"
)

// Version is what "lintel version" knows.
type Version struct {
	// Version is that of the module, "(devel)" for a build from a work tree.
	Version string `json:"version"`
	// Commit is empty when the build did not see a repository; Modified says that the work tree had changes.
	Commit   string `json:"commit"`
	Modified bool   `json:"modified"`
	Built    string `json:"commit_time"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
	// Engine evaluates the policies, which Policies names by digest.
	Engine   string `json:"engine"`
	Policies string `json:"policies"`
	// Facts, Check and Decision are the versions of the published contracts.
	Facts    int `json:"facts_schema"`
	Check    int `json:"check_schema"`
	Decision int `json:"decision_schema"`
}

// stampedVersion and stampedCommit are set by the linker (-X) where a build sees no repository, such as in the Dockerfile; nothing else writes them.
var stampedVersion, stampedCommit string

// programVersion is the module's version for reports.
func programVersion() string { return buildVersion().Version }

func buildVersion() Version {
	v := Version{Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v.stamp(stampedVersion, stampedCommit)
	}
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.time":
			v.Built = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v.stamp(stampedVersion, stampedCommit)
}

// stamp takes over what the linker was told.
func (v Version) stamp(version, commit string) Version {
	if version != "" {
		v.Version = version
	}
	if commit != "" {
		v.Commit = commit
	}
	return v
}

// PrintVersion prints what this program is made of.
func PrintVersion(asJSON bool, t terminal.Terminal) error {
	digest, err := policy.Digest(policies.Tree())
	if err != nil {
		return fmt.Errorf("read the built-in policies: %w", err)
	}
	v := buildVersion()
	v.Engine, v.Policies = policy.Version(), digest
	v.Facts, v.Check, v.Decision = facts.Version, render.SchemaVersion, policy.DecisionVersion
	if asJSON {
		enc := json.NewEncoder(t.Out)
		enc.SetIndent("", "  ")
		return enc.Encode(v)
	}
	fmt.Fprintf(t.Out, "lintel %s\n", v.Version)
	if v.Commit != "" {
		of, changed := "", ""
		if v.Built != "" {
			of = " of " + v.Built
		}
		if v.Modified {
			changed = ", with changes"
		}
		fmt.Fprintf(t.Out, "commit %s%s%s\n", v.Commit, of, changed)
	}
	_, err = fmt.Fprintf(t.Out, "%s, %s, %s\npolicies %s\ncontracts: facts %d, check %d, decision %d\n", v.Engine, v.Go, v.Platform, v.Policies, v.Facts, v.Check, v.Decision)
	return err
}
