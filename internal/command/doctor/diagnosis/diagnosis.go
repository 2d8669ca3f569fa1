// Package diagnosis is what an examination finds: in words for somebody on call, or as JSON for programs.
package diagnosis

import (
	"fmt"
	"strings"

	"github.com/lintel-review/lintel/internal/render/plain"
	"github.com/lintel-review/lintel/internal/terminal"
)

// Diagnosis prints findings as they come and counts what is wrong. For programs it prints them all at its end.
type Diagnosis struct {
	t     terminal.Terminal
	json  bool
	wrong int
	found []finding
}

// finding is one line, as programs read it.
type finding struct {
	Kind   string `json:"kind"`
	What   string `json:"what"`
	Detail string `json:"detail"`
	Remedy string `json:"remedy,omitempty"`
}

// New makes a diagnosis that is printed to the terminal in a format.
func New(t terminal.Terminal, format terminal.Format) *Diagnosis {
	return &Diagnosis{t: t, json: format.JSON(), found: []finding{}}
}

// Good says that something is well.
func (d *Diagnosis) Good(what, detail string) {
	d.add(finding{Kind: "ok", What: what, Detail: detail}, "ok    %s: %s\n", what, detail)
}

// Wrong says what is wrong, and what to do.
func (d *Diagnosis) Wrong(what, detail, remedy string) {
	d.wrong++
	d.add(finding{Kind: "wrong", What: what, Detail: detail, Remedy: remedy}, "FAIL  %s: %s\n      do: %s\n", what, detail, remedy)
}

// Note says what is neither.
func (d *Diagnosis) Note(what, detail string) {
	d.add(finding{Kind: "note", What: what, Detail: detail}, "note  %s: %s\n", what, detail)
}

func (d *Diagnosis) add(f finding, line string, args ...string) {
	if d.json {
		d.found = append(d.found, f)
		return
	}
	safe := make([]any, len(args))
	for i, a := range args {
		// Forges, clusters and pods wrote some of it. A further line is none of ours.
		safe[i] = strings.ReplaceAll(plain.Text(a), "\n", "\n      ")
	}
	fmt.Fprintf(d.t.Out, line, safe...)
}

// End is the end of an examination: its error, or that something is wrong.
func (d *Diagnosis) End(err error) error {
	if err == nil && d.json {
		err = d.t.WriteJSON(struct {
			Well     bool      `json:"well"`
			Findings []finding `json:"findings"`
		}{d.wrong == 0, d.found})
	}
	return terminal.Verdict(d.wrong == 0, err)
}
