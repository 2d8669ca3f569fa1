package replay

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/lintel-review/lintel/internal/finding"
	"github.com/lintel-review/lintel/internal/merged"
	"github.com/lintel-review/lintel/internal/sorting"
)

// changeLine is one change of the past as "lintel replay --format jsonl" prints it.
type changeLine struct {
	Commit string `json:"commit"`
	Number int    `json:"number,omitempty"`
	Landed string `json:"landed"`
	Base   string `json:"base"`
	Head   string `json:"head"`
	Title  string `json:"title"`
	Lines  int    `json:"lines"`
	// Refused is true when the conclusion is a failure; by names the rules.
	Refused  bool          `json:"refused"`
	By       []string      `json:"by"`
	Findings []findingLine `json:"findings"`
	// Milliseconds is how long reading and judging took.
	Milliseconds int64 `json:"ms"`
	// Error says why the change could not be judged; empty when it could.
	Error string `json:"error,omitempty"`
}

type findingLine struct {
	Rule     string `json:"rule"`
	Mode     string `json:"mode"`
	Blocking bool   `json:"blocking"`
	Path     string `json:"path,omitempty"`
	Line     int    `json:"line,omitempty"`
	Message  string `json:"message"`
}

func writeLines(w io.Writer, all []merged.Judged) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, r := range all {
		line := changeLine{Commit: r.Change.Commit, Number: r.Change.Number, Landed: string(r.Change.Landed), Base: r.Change.Base,
			Head:  r.Change.Head,
			Title: r.Change.Title, Lines: r.Lines, Refused: r.Refused, By: refusing(r.Findings), Findings: []findingLine{},
			Milliseconds: r.Took.Milliseconds()}
		if r.Err != nil {
			line.Error = r.Err.Error()
		}
		for _, f := range r.Findings {
			line.Findings = append(line.Findings,
				findingLine{Rule: f.Rule, Mode: string(f.Mode), Blocking: f.Blocking, Path: f.Path, Line: f.Line, Message: f.Message})
		}
		if err := enc.Encode(line); err != nil {
			return fmt.Errorf("write the replay: %w", err)
		}
	}
	return nil
}

// refusing are the rules whose findings block, each once, sorted.
func refusing(findings []finding.Finding) []string {
	set := map[string]bool{}
	for _, f := range findings {
		if f.Blocking {
			set[f.Rule] = true
		}
	}
	return slices.AppendSeq([]string{}, slices.Values(slices.Sorted(maps.Keys(set))))
}

func writeTable(w io.Writer, all []merged.Judged) error {
	type count struct{ changes, findings, refused int }
	counts := map[string]*count{}
	judged, refused := 0, 0
	var took []time.Duration
	for _, r := range all {
		if r.Err != nil {
			continue
		}
		judged++
		took = append(took, r.Took)
		if r.Refused {
			refused++
		}
		seen := map[string]bool{}
		for _, f := range r.Findings {
			c := counts[f.Rule]
			if c == nil {
				c = &count{}
				counts[f.Rule] = c
			}
			c.findings++
			if !seen[f.Rule] {
				seen[f.Rule] = true
				c.changes++
			}
		}
		for _, id := range refusing(r.Findings) {
			counts[id].refused++
		}
	}
	slices.Sort(took)
	if len(took) == 0 {
		_, err := fmt.Fprintf(w, "None of %d changes could be judged.\n", len(all))
		return err
	}
	fmt.Fprintf(w, "%d of %d changes refused; %d could not be judged; median %s a change.\n", refused, judged, len(all)-judged,
		took[len(took)/2].Round(time.Millisecond))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RULE\tREFUSED\tCHANGES WITH A FINDING\tFINDINGS")
	ids := slices.Collect(maps.Keys(counts))
	sorting.By(ids, func(a, b string) int {
		return cmp.Or(counts[b].refused-counts[a].refused, counts[b].changes-counts[a].changes, cmp.Compare(a, b))
	})
	for _, id := range ids {
		c := counts[id]
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\n", id, c.refused, c.changes, c.findings)
	}
	return table.Flush()
}
