// Package version is lintel version: what the program is made of.
package version

import (
	"fmt"

	"github.com/lintel-review/lintel/internal/build"
	"github.com/lintel-review/lintel/internal/facts"
	"github.com/lintel-review/lintel/internal/policy"
	"github.com/lintel-review/lintel/internal/render/contract"
	"github.com/lintel-review/lintel/internal/terminal"
	"github.com/lintel-review/lintel/policies"
)

// Command is "lintel version".
type Command struct {
	Format string `enum:"text,json" default:"text" help:"How to print: ${enum}."`
	JSON   bool   `name:"json" help:"The same as --format json."`
}

// Help is shown below the flags' summary.
func (Command) Help() string {
	return `The digest of the policies is the one that verdicts carry.

Examples:

    lintel version
    lintel version --format json`
}

// version is what the command knows.
type version struct {
	build.Info
	// Engine evaluates the policies, which Policies names by digest.
	Engine   string `json:"engine"`
	Policies string `json:"policies"`
	// Facts, Check and Decision are the versions of the published contracts.
	Facts    int `json:"facts_schema"`
	Check    int `json:"check_schema"`
	Decision int `json:"decision_schema"`
}

// Run prints the version.
func (c Command) Run(t terminal.Terminal) error {
	digest, err := policy.Digest(policies.Tree())
	if err != nil {
		return fmt.Errorf("read the built-in policies: %w", err)
	}
	v := version{
		Info:     build.Read(),
		Engine:   policy.Version(),
		Policies: digest,
		Facts:    facts.Version,
		Check:    contract.SchemaVersion,
		Decision: policy.DecisionVersion,
	}
	if c.JSON || c.Format == "json" {
		return t.WriteJSON(v)
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
	_, err = fmt.Fprintf(t.Out, "%s, %s, %s\npolicies %s\ncontracts: facts %d, check %d, decision %d\n",
		v.Engine, v.Go, v.Platform, v.Policies, v.Facts, v.Check, v.Decision)
	return err
}
