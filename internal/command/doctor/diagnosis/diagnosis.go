// Package diagnosis is what an examination finds, in words for somebody on call.
package diagnosis

import (
	"fmt"
	"io"
)

// Diagnosis prints findings as they come and counts what is wrong.
type Diagnosis struct {
	out   io.Writer
	wrong int
}

// New makes a diagnosis that is printed to out.
func New(out io.Writer) *Diagnosis { return &Diagnosis{out: out} }

// Good says that something is well.
func (d *Diagnosis) Good(what, detail string) { fmt.Fprintf(d.out, "ok    %s: %s\n", what, detail) }

// Wrong says what is wrong, and what to do.
func (d *Diagnosis) Wrong(what, detail, remedy string) {
	d.wrong++
	fmt.Fprintf(d.out, "FAIL  %s: %s\n      do: %s\n", what, detail, remedy)
}

// Note says what is neither.
func (d *Diagnosis) Note(what, detail string) { fmt.Fprintf(d.out, "note  %s: %s\n", what, detail) }

// Well reports that nothing is wrong.
func (d *Diagnosis) Well() bool { return d.wrong == 0 }
